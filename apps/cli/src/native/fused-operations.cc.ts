/**
 * C++ source of a library that registers operations with TensorFlow, by its C interface: the parts of a transformer that
 * TensorFlow 2.21 has only as chains of operations, each as one pass over memory. `fused-kernels.ts` names them to tfjs. Every value is
 * computed by one thread, so results do not depend on the number of threads.
 */
export const fusedOperationsSource: string = `
#include <algorithm>
#include <vector>

#include "activation-operations.h"
#include "attention-operations.h"
#include "linear-operation.h"
#include "modulation-operations.h"
#include "normalization-operations.h"
#include "operation-call.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"

namespace {

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
