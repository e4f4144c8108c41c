/** C++ header with the operation of a linear layer: the product, the bias and an activation, in one pass over the result. */
export const linearOperationSource: string = `
#pragma once

#include <cstdint>

#include "matrix-product.h"
#include "operation-call.h"
#include "row-arithmetic.h"

namespace {

/** x [..., C] times weight [C, E], and a bias [E] or none; then the activation \`kind\`, none where that is negative. */
void ComputeLinear(void* raw, TF_OpKernelContext* context) {
  const int64_t kind = static_cast<Attributes*>(raw)->kind;
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* weight = call.Input(1);
  TF_Tensor* bias = call.Input(2);
  if (!call.Fine()) return;
  call.Require(TF_NumDims(x) > 0 && TF_NumDims(weight) == 2 && TF_Dim(weight, 0) > 0 && LastAxis(x) == TF_Dim(weight, 0) &&
                   (Size(bias) == 0 || Size(bias) == TF_Dim(weight, 1)),
               "NextxLinear: x must be [..., C], weight [C, E], C at least 1, the bias [E] or empty");
  if (!call.Fine()) return;
  const int64_t depth = TF_Dim(weight, 0), columns = TF_Dim(weight, 1);
  float* y = call.Output(0, x, columns);
  if (!call.Fine() || Size(x) == 0 || columns == 0) return;
  Multiply({Values(x), Values(weight), y, Size(x) / depth, depth, columns, [&](float* values, int64_t column, int64_t count) {
              if (Size(bias) != 0) AddRow(values, Values(bias) + column, values, count);
              if (kind >= 0) ActivationOf(kind)(values, values, count);
            }});
}

}  // namespace
`;
