/** C++ header with what the fused operations share: attributes, and the inputs and outputs of a call. */
export const operationCallSource: string = `
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace {

struct Attributes {
  int64_t kind = 0;
  int64_t start = 0, seen = 0;
  int64_t queries = 0, keys = 0, size = 0;
  float epsilon = 0, scale = 0;
};

/** One call: its inputs, read once, and its outputs. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}

  ~Call() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }

  TF_Tensor* Input(int index) {
    TF_Tensor* tensor = nullptr;
    if (Fine()) TF_GetInput(context_, index, &tensor, status_);
    if (tensor != nullptr) tensors_.push_back(tensor);
    return tensor;
  }

  /** An output of the shape of \`like\`; its last axis is \`last\` where that is not negative. */
  float* Output(int index, TF_Tensor* like, int64_t last = -1) {
    if (!Fine()) return nullptr;
    std::vector<int64_t> shape;
    for (int axis = 0; axis < TF_NumDims(like); axis++) shape.push_back(TF_Dim(like, axis));
    if (last >= 0) shape.back() = last;
    return Output(index, shape);
  }

  float* Output(int index, const std::vector<int64_t>& shape) {
    if (!Fine()) return nullptr;
    int64_t size = 1;
    for (int64_t length : shape) size *= length;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          size * sizeof(float), status_);
    if (tensor == nullptr) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

  void Require(bool holds, const char* message) {
    if (Fine() && !holds) TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
  }

  bool Fine() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

const float* Values(TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }
int64_t Size(TF_Tensor* tensor) { return TF_TensorElementCount(tensor); }
int64_t LastAxis(TF_Tensor* tensor) { return TF_Dim(tensor, TF_NumDims(tensor) - 1); }

void* Create(TF_OpKernelConstruction* construction) {
  Attributes* attributes = new Attributes();
  TF_Status* status = TF_NewStatus();
  const std::pair<const char*, int64_t*> integers[] = {{"kind", &attributes->kind},
                                                       {"start", &attributes->start},
                                                       {"seen", &attributes->seen},
                                                       {"queries", &attributes->queries},
                                                       {"keys", &attributes->keys},
                                                       {"size", &attributes->size}};
  for (const auto& [name, value] : integers) TF_OpKernelConstruction_GetAttrInt64(construction, name, value, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "scale", &attributes->scale, status);
  TF_DeleteStatus(status);  // An operation without these has the defaults.
  return attributes;
}

void Delete(void* attributes) { delete static_cast<Attributes*>(attributes); }

}  // namespace
`;
