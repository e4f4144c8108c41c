/** C++ header with normalized rows and masked softmax, and their derivatives. */
export const normalizationOperationsSource: string = `
#pragma once

#include <cstdint>

#include "operation-call.h"
#include "row-arithmetic.h"
#include "thread-pool.h"

namespace {

void ComputeNormalize(void* raw, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(raw);
  Call call(context);
  TF_Tensor* x = call.Input(0);
  if (!call.Fine()) return;
  call.Require(TF_NumDims(x) > 0, "NextxNormalize: x must have rows");
  if (!call.Fine()) return;
  const int64_t width = LastAxis(x);
  float* y = call.Output(0, x);
  float* inverse = call.Output(1, x, 1);
  if (!call.Fine() || width == 0) return;
  EachRow(Size(x) / width, width, [&](int64_t row) {
    NormalizeRow(Values(x) + row * width, y + row * width, width, attributes.kind, attributes.epsilon, inverse + row);
  });
}

void ComputeNormalizeGrad(void* raw, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(raw);
  Call call(context);
  TF_Tensor* y = call.Input(0);
  TF_Tensor* inverse = call.Input(1);
  TF_Tensor* dy = call.Input(2);
  if (!call.Fine()) return;
  call.Require(TF_NumDims(y) > 0 && Size(y) == Size(dy) && Size(inverse) * LastAxis(y) == Size(y),
               "NextxNormalizeGrad: y and dy must have one shape, inverse one value a row");
  if (!call.Fine()) return;
  const int64_t width = LastAxis(y);
  float* dx = call.Output(0, y);
  if (!call.Fine() || width == 0) return;
  EachRow(Size(y) / width, width, [&](int64_t row) {
    NormalizeRowGrad(Values(y) + row * width, Values(dy) + row * width, dx + row * width, width, attributes.kind,
                     Values(inverse)[row]);
  });
}

void ComputeSoftmax(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* mask = call.Input(1);
  if (!call.Fine()) return;
  call.Require(TF_NumDims(x) > 0 && (Size(mask) == 0 || (Size(x) % Size(mask) == 0 && LastAxis(mask) == LastAxis(x))),
               "NextxSoftmax: the mask must be empty or repeat over the leading axes of x");
  if (!call.Fine()) return;
  const int64_t width = LastAxis(x);
  float* y = call.Output(0, x);
  if (!call.Fine() || width == 0) return;
  const int64_t period = Size(mask) / width;
  EachRow(Size(x) / width, width, [&](int64_t row) {
    const float* masked = period == 0 ? nullptr : Values(mask) + row % period * width;
    SoftmaxRow(Values(x) + row * width, masked, y + row * width, width);
  });
}

void ComputeSoftmaxGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* y = call.Input(0);
  TF_Tensor* dy = call.Input(1);
  if (!call.Fine()) return;
  call.Require(TF_NumDims(y) > 0 && Size(y) == Size(dy), "NextxSoftmaxGrad: y and dy must have one shape");
  if (!call.Fine()) return;
  const int64_t width = LastAxis(y);
  float* dx = call.Output(0, y);
  if (!call.Fine() || width == 0) return;
  EachRow(Size(y) / width, width, [&](int64_t row) {
    SoftmaxRowGrad(Values(y) + row * width, Values(dy) + row * width, dx + row * width, width);
  });
}

}  // namespace
`;
