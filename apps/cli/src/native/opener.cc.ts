/**
 * C++ source of a small Node addon with one function, `open(path)`: it opens a shared library while the standard error
 * stream points at the null device, and returns the loader's error text if that fails. TensorFlow writes messages while
 * its libraries start, before any of its settings for messages is read.
 */
export const openerSource: string = `
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdio.h>
#include <unistd.h>

static napi_value Open(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result;
  char path[4096];
  size_t length = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count != 1 || napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "open: a path is needed");
    return nullptr;
  }
  fflush(stderr);
  int saved = dup(2);
  int null_device = open("/dev/null", O_WRONLY);
  if (saved >= 0 && null_device >= 0) dup2(null_device, 2);
  void* library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  const char* problem = library == nullptr ? dlerror() : nullptr;
  fflush(stderr);
  if (saved >= 0) {
    dup2(saved, 2);
    close(saved);
  }
  if (null_device >= 0) close(null_device);
  if (library != nullptr) {
    napi_get_undefined(env, &result);
  } else {
    napi_create_string_utf8(env, problem == nullptr ? "unknown reason" : problem, NAPI_AUTO_LENGTH, &result);
  }
  return result;
}

static napi_value Init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, Open, nullptr, &function);
  napi_set_named_property(env, exports, "open", function);
  return exports;
}

NAPI_MODULE(nextx_opener, Init)
`;
