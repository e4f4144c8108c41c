/** C++ header with activations, with a bias before them, and their derivatives. */
export const activationOperationsSource: string = `
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "operation-call.h"
#include "row-arithmetic.h"
#include "thread-pool.h"

namespace {

/** Values of rows that are activated before they leave the processor's first cache. */
const int64_t kPiece = 2048;

/** A bias and an activation; none where \`kind\` is negative. */
void ComputeActivation(void* attributes, TF_OpKernelContext* context) {
  const int64_t kind = static_cast<Attributes*>(attributes)->kind;
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* bias = call.Input(1);
  if (!call.Fine()) return;
  call.Require((Size(bias) == 0 && kind >= 0) || (TF_NumDims(x) > 0 && Size(bias) > 0 && Size(bias) == LastAxis(x)),
               "NextxActivation: the bias must be as long as a row, or empty where there is an activation");
  float* y = call.Output(0, x);
  if (!call.Fine() || Size(x) == 0) return;
  const int64_t width = Size(bias) == 0 ? std::min<int64_t>(kPiece, Size(x)) : Size(bias);
  ParallelRows((Size(x) + width - 1) / width, 4 * width, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * width; at < std::min(end * width, Size(x)); at += width) {
      const int64_t count = std::min(width, Size(x) - at);
      const float* values = Values(x) + at;
      if (Size(bias) != 0) {
        AddRow(values, Values(bias), y + at, count);
        values = y + at;
      }
      if (kind >= 0) ActivationOf(kind)(values, y + at, count);
    }
  });
}

/** Columns that a thread sums together. */
const int64_t kColumns = 64;

/** The derivatives by x, and by a bias where there is one. */
void ComputeActivationGrad(void* attributes, TF_OpKernelContext* context) {
  const int64_t kind = static_cast<Attributes*>(attributes)->kind;
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* bias = call.Input(1);
  TF_Tensor* dy = call.Input(2);
  if (!call.Fine()) return;
  call.Require(Size(x) == Size(dy) && (Size(bias) == 0 || (TF_NumDims(x) > 0 && Size(bias) == LastAxis(x))),
               "NextxActivationGrad: x and dy must have one shape, the bias must be empty or as long as a row");
  float* dx = call.Output(0, x);
  float* dbias = call.Output(1, bias);
  if (!call.Fine() || Size(x) == 0) return;
  auto apply = kind == 0 ? GeluTanhGrad : kind == 1 ? GeluErfGrad : SiluGrad;
  const int64_t width = Size(bias) == 0 ? std::min<int64_t>(kPiece, Size(x)) : Size(bias);
  ParallelRows((Size(x) + width - 1) / width, 4 * width, [&](int64_t begin, int64_t end) {
    std::vector<float> shifted(Size(bias));
    for (int64_t at = begin * width; at < std::min(end * width, Size(x)); at += width) {
      const int64_t count = std::min(width, Size(x) - at);
      const float* values = Values(x) + at;
      if (Size(bias) != 0) {
        AddRow(values, Values(bias), shifted.data(), count);
        values = shifted.data();
      }
      apply(values, Values(dy) + at, dx + at, count);
    }
  });
  if (Size(bias) == 0) return;
  // Columns are shared between threads, so that every sum has one order.
  const int64_t rows = Size(x) / width;
  ParallelRows((width + kColumns - 1) / kColumns, rows * kColumns, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kColumns, last = std::min(width, end * kColumns);
    std::fill(dbias + first, dbias + last, 0.0f);
    for (int64_t row = 0; row < rows; row++) {
      AddRow(dbias + first, dx + row * width + first, dbias + first, last - first);
    }
  });
}

}  // namespace
`;
