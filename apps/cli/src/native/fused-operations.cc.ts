/**
 * C++ source of a library that registers operations with TensorFlow, by its C interface: the parts of a transformer
 * block that TensorFlow 2.21 has only as chains of elementwise operations, each as one pass over memory, with its
 * derivative. `fused-kernels.ts` names them to tfjs. Every row is computed by one thread, so results do not depend
 * on the number of threads.
 */
export const fusedOperationsSource: string = `
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "attention-operations.h"
#include "linear-operation.h"
#include "operation-call.h"
#include "row-arithmetic.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
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
  ParallelRows(Size(x) / width, width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      NormalizeRow(Values(x) + row * width, y + row * width, width, attributes.kind, attributes.epsilon, inverse + row);
    }
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
  ParallelRows(Size(y) / width, width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      NormalizeRowGrad(Values(y) + row * width, Values(dy) + row * width, dx + row * width, width, attributes.kind,
                       Values(inverse)[row]);
    }
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
  ParallelRows(Size(x) / width, width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float* masked = period == 0 ? nullptr : Values(mask) + row % period * width;
      SoftmaxRow(Values(x) + row * width, masked, y + row * width, width);
    }
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
  ParallelRows(Size(y) / width, width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      SoftmaxRowGrad(Values(y) + row * width, Values(dy) + row * width, dx + row * width, width);
    }
  });
}

/** Whether x is [B, n, C] and the vector [B, 1, C]. */
bool IsVectorOf(TF_Tensor* vector, TF_Tensor* x) {
  return TF_NumDims(x) == 3 && TF_NumDims(vector) == 3 && TF_Dim(vector, 0) == TF_Dim(x, 0) &&
         TF_Dim(vector, 1) == 1 && TF_Dim(vector, 2) == TF_Dim(x, 2);
}

void ComputeModulate(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* scale = call.Input(1);
  TF_Tensor* shift = call.Input(2);
  if (!call.Fine()) return;
  call.Require(IsVectorOf(scale, x) && IsVectorOf(shift, x), "NextxModulate: x must be [B, n, C], the vectors [B, 1, C]");
  float* y = call.Output(0, x);
  if (!call.Fine()) return;
  const int64_t rows = TF_Dim(x, 1), width = TF_Dim(x, 2);
  ParallelRows(TF_Dim(x, 0) * rows, width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t item = row / rows * width;
      ModulateRow(Values(x) + row * width, Values(scale) + item, Values(shift) + item, y + row * width, width);
    }
  });
}

/** Normalized rows, without derivatives: \`kind\` as above, then x (1 + scale) + shift. */
void ComputeModulatedNorm(void* raw, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(raw);
  Call call(context);
  TF_Tensor* x = call.Input(0);
  TF_Tensor* scale = call.Input(1);
  TF_Tensor* shift = call.Input(2);
  if (!call.Fine()) return;
  call.Require(IsVectorOf(scale, x) && IsVectorOf(shift, x), "NextxModulatedNorm: x must be [B, n, C], the vectors [B, 1, C]");
  float* y = call.Output(0, x);
  if (!call.Fine()) return;
  const int64_t rows = TF_Dim(x, 1), width = TF_Dim(x, 2);
  ParallelRows(TF_Dim(x, 0) * rows, width, [&](int64_t begin, int64_t end) {
    float inverse;
    for (int64_t row = begin; row < end; row++) {
      float* to = y + row * width;
      NormalizeRow(Values(x) + row * width, to, width, attributes.kind, attributes.epsilon, &inverse);
      ModulateRow(to, Values(scale) + row / rows * width, Values(shift) + row / rows * width, to, width);
    }
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
  ParallelRows(TF_Dim(x, 0) * rows, width, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t at = row * width;
      GatedAddRow(Values(x) + at, Values(values) + at, Values(gate) + row / rows * width, y + at, width);
    }
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

// ---- Registration ----

struct Operation {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void (*compute)(void*, TF_OpKernelContext*);
};

bool Register(const Operation& operation, TF_Status* status) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(operation.name, "CPU", Create, operation.compute, Delete);
  TF_RegisterKernelBuilder(operation.name, kernel, status);
  return TF_GetCode(status) == TF_OK;
}

bool RegisterAll() {
  const std::vector<Operation> operations = {
      {"NextxActivation", {"x: float", "bias: float"}, {"y: float"}, {"kind: int"}, ComputeActivation},
      {"NextxActivationGrad", {"x: float", "bias: float", "dy: float"}, {"dx: float", "dbias: float"}, {"kind: int"}, ComputeActivationGrad},
      {"NextxNormalize", {"x: float"}, {"y: float", "inverse: float"}, {"kind: int", "epsilon: float"}, ComputeNormalize},
      {"NextxNormalizeGrad", {"y: float", "inverse: float", "dy: float"}, {"dx: float"}, {"kind: int"}, ComputeNormalizeGrad},
      {"NextxSoftmax", {"x: float", "mask: float"}, {"y: float"}, {}, ComputeSoftmax},
      {"NextxSoftmaxGrad", {"y: float", "dy: float"}, {"dx: float"}, {}, ComputeSoftmaxGrad},
      {"NextxModulate", {"x: float", "scale: float", "shift: float"}, {"y: float"}, {}, ComputeModulate},
      {"NextxModulateGrad", {"x: float", "scale: float", "dy: float"}, {"dx: float", "dscale: float", "dshift: float"}, {}, ComputeModulateGrad},
      {"NextxGatedAdd", {"x: float", "values: float", "gate: float"}, {"y: float"}, {}, ComputeGatedAdd},
      {"NextxGatedAddGrad", {"values: float", "gate: float", "dy: float"}, {"dvalues: float", "dgate: float"}, {}, ComputeGatedAddGrad},
      {"NextxSplitHeads", {"x: float"}, {"q: float", "k: float", "v: float"}, {"queries: int", "keys: int", "size: int"}, ComputeSplitHeads},
      {"NextxJoinHeads", {"q: float", "k: float", "v: float"}, {"x: float"}, {}, ComputeJoinHeads},
      {"NextxWriteRows", {"cache: float", "rows: float"}, {"none: float"}, {"start: int"}, ComputeWriteRows},
      {"NextxAttend", {"q: float", "keys: float", "values: float", "mask: float"}, {"x: float"}, {"seen: int"}, ComputeAttend},
      {"NextxHeads", {"x: float", "query_bias: float", "key_bias: float", "value_bias: float", "logarithms: float"}, {"q: float", "k: float", "v: float"}, {"kind: int", "queries: int", "keys: int", "size: int", "epsilon: float", "scale: float"}, ComputeHeads},
      {"NextxModulatedNorm", {"x: float", "scale: float", "shift: float"}, {"y: float"}, {"kind: int", "epsilon: float"}, ComputeModulatedNorm},
      {"NextxLinear", {"x: float", "weight: float", "bias: float"}, {"y: float"}, {"kind: int"}, ComputeLinear},
  };
  TF_Status* status = TF_NewStatus();
  const bool all = std::all_of(operations.begin(), operations.end(),
                               [&](const Operation& operation) { return Register(operation, status); });
  TF_DeleteStatus(status);
  return all;
}

const bool registered = RegisterAll();

}  // namespace
`;
