/** C++ header with what the vectors of a condition do to rows, and the derivatives of it. */
export const modulationOperationsSource: string = `
#pragma once

#include <algorithm>
#include <cstdint>

#include "operation-call.h"
#include "row-arithmetic.h"
#include "thread-pool.h"

namespace {

/** Whether x is [B, n, C] and the vector [B, 1, C]. */
bool IsVectorOf(TF_Tensor* vector, TF_Tensor* x) {
  return TF_NumDims(x) == 3 && TF_NumDims(vector) == 3 && TF_Dim(vector, 0) == TF_Dim(x, 0) &&
         TF_Dim(vector, 1) == 1 && TF_Dim(vector, 2) == TF_Dim(x, 2);
}

/** x (1 + scale) + shift of each row that \`prepared(x, y)\` gives: x itself, or what it made of it in y. */
template <typename Prepared>
void ModulateRows(TF_OpKernelContext* context, const char* message, Prepared prepared) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* scale = call.Input(1);
  TF_Tensor* shift = call.Input(2);
  if (!call.Fine()) return;
  call.Require(IsVectorOf(scale, x) && IsVectorOf(shift, x), message);
  float* y = call.Output(0, x);
  if (!call.Fine()) return;
  const int64_t rows = TF_Dim(x, 1), width = TF_Dim(x, 2);
  EachRow(TF_Dim(x, 0) * rows, width, [&](int64_t row) {
    const int64_t item = row / rows * width;
    float* to = y + row * width;
    ModulateRow(prepared(Values(x) + row * width, to, width), Values(scale) + item, Values(shift) + item, to, width);
  });
}

void ComputeModulate(void*, TF_OpKernelContext* context) {
  ModulateRows(context, "NextxModulate: x must be [B, n, C], the vectors [B, 1, C]",
               [](const float* x, float*, int64_t) { return x; });
}

/** Of normalized rows, without derivatives; \`kind\` is a Normalization. */
void ComputeModulatedNorm(void* raw, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(raw);
  ModulateRows(context, "NextxModulatedNorm: x must be [B, n, C], the vectors [B, 1, C]",
               [&](const float* x, float* y, int64_t width) {
                 float inverse;
                 NormalizeRow(x, y, width, attributes.kind, attributes.epsilon, &inverse);
                 return static_cast<const float*>(y);
               });
}

void ComputeModulateGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* scale = call.Input(1);
  TF_Tensor* dy = call.Input(2);
  if (!call.Fine()) return;
  call.Require(IsVectorOf(scale, x) && Size(x) == Size(dy), "NextxModulateGrad: x and dy must be [B, n, C], scale [B, 1, C]");
  if (!call.Fine()) return;
  const int64_t rows = TF_Dim(x, 1), width = TF_Dim(x, 2);
  float* dx = call.Output(0, x);
  float* dscale = call.Output(1, scale);
  float* dshift = call.Output(2, scale);
  if (!call.Fine()) return;
  ParallelRows(TF_Dim(x, 0), rows * width, [&](int64_t begin, int64_t end) {
    std::fill(dscale + begin * width, dscale + end * width, 0.0f);
    std::fill(dshift + begin * width, dshift + end * width, 0.0f);
    for (int64_t row = begin * rows; row < end * rows; row++) {
      const int64_t item = row / rows * width, at = row * width;
      ModulateRowGrad(Values(dy) + at, Values(x) + at, Values(scale) + item, width, dx + at, dscale + item, dshift + item);
    }
  });
}

void ComputeGatedAdd(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* values = call.Input(1);
  TF_Tensor* gate = call.Input(2);
  if (!call.Fine()) return;
  call.Require(IsVectorOf(gate, x) && Size(x) == Size(values), "NextxGatedAdd: x and values must be [B, n, C], gate [B, 1, C]");
  float* y = call.Output(0, x);
  if (!call.Fine()) return;
  const int64_t rows = TF_Dim(x, 1), width = TF_Dim(x, 2);
  EachRow(TF_Dim(x, 0) * rows, width, [&](int64_t row) {
    const int64_t at = row * width;
    GatedAddRow(Values(x) + at, Values(values) + at, Values(gate) + row / rows * width, y + at, width);
  });
}

void ComputeGatedAddGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* values = call.Input(0);
  TF_Tensor* gate = call.Input(1);
  TF_Tensor* dy = call.Input(2);
  if (!call.Fine()) return;
  call.Require(IsVectorOf(gate, values) && Size(values) == Size(dy), "NextxGatedAddGrad: values and dy must be [B, n, C], gate [B, 1, C]");
  if (!call.Fine()) return;
  const int64_t rows = TF_Dim(values, 1), width = TF_Dim(values, 2);
  float* dvalues = call.Output(0, values);
  float* dgate = call.Output(1, gate);
  if (!call.Fine()) return;
  ParallelRows(TF_Dim(values, 0), rows * width, [&](int64_t begin, int64_t end) {
    std::fill(dgate + begin * width, dgate + end * width, 0.0f);
    for (int64_t row = begin * rows; row < end * rows; row++) {
      const int64_t item = row / rows * width, at = row * width;
      GatedAddRowGrad(Values(dy) + at, Values(values) + at, Values(gate) + item, width, dvalues + at, dgate + item);
    }
  });
}

}  // namespace
`;
