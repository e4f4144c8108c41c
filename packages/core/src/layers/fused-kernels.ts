import { engine, getBackend, getKernel } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/**
 * Kernels that an engine may register with tfjs beside tfjs's own: parts of a block in one pass over memory,
 * with their derivatives, all or none. The layers here use them where they are and compose tfjs operations elsewhere.
 *
 * - `NextxActivation` `{x, bias}` to y, `NextxActivationGrad` `{x, bias, dy}` to dx, dbias; `kind` 0 GELU by tanh, 1 GELU by
 *   erf, 2 SiLU; the bias of the last axis may be empty.
 * - `NextxNormalize` `{x}` to y and one factor a row, `NextxNormalizeGrad` `{y, inverse, dy}` to dx; `kind` 0 layer,
 *   1 root mean square (`epsilon` is added), 2 unit length (`epsilon` is the least square).
 * - `NextxSoftmax` `{x, mask}` to y, `NextxSoftmaxGrad` `{y, dy}` to dx; the mask is `[n, m]`, or empty.
 * - `NextxModulate` `{x, scale, shift}` to `x · (1 + scale) + shift`, `NextxModulateGrad` `{x, scale, dy}` to dx, dscale,
 *   dshift; x is `[B, n, C]`, the vectors `[B, 1, C]`.
 * - `NextxGatedAdd` `{x, values, gate}` to `x + values · gate`, `NextxGatedAddGrad` `{values, gate, dy}` to dvalues, dgate.
 * - `NextxSplitHeads` `{x}`, `[B, n, (queries + 2 keys) · size]`, to three tensors of heads, `[B, H, n, size]`;
 *   `NextxJoinHeads` `{q, k, v}` is the opposite, where all but q may be empty.
 * - `NextxWriteRows` `{cache, rows}`: `[B, G, n, D]` into `[B, G, capacity, D]` from slot `start` on, in place; gives an
 *   empty tensor.
 *
 * Some have no derivative, and an engine may lack them:
 *
 * - `NextxHeads` `{x, queryBias, keyBias, valueBias, logScale}`: heads as those of `NextxSplitHeads`, with biases, which may be empty;
 *   `kind` 0: queries times `scale`; 1: queries and keys of unit length (`epsilon` as above), queries times the exponential of
 *   `logScale`, `[H]`, at most 100.
 * - `NextxModulatedNorm` `{x, scale, shift}`: `NextxModulate` of what `NextxNormalize` gives.
 * - `NextxLinear` `{x, weight, bias}`: `activation(x · weight + bias)`, x `[..., C]`; `kind` as above, -1 none; the bias may be
 *   empty.
 * - `NextxAttend` `{q, keys, values, mask}`: softmax attention of queries `[B, H, n, D]` over the first `seen` slots of caches,
 *   `[B, G, capacity, D]` with D a multiple of 32, heads side by side: `[B, n, H · D]`; the mask is `[n, seen]`, or empty.
 */
export type FusedKernel =
  | 'NextxActivation'
  | 'NextxActivationGrad'
  | 'NextxNormalize'
  | 'NextxNormalizeGrad'
  | 'NextxSoftmax'
  | 'NextxSoftmaxGrad'
  | 'NextxModulate'
  | 'NextxModulateGrad'
  | 'NextxGatedAdd'
  | 'NextxGatedAddGrad'
  | 'NextxSplitHeads'
  | 'NextxJoinHeads'
  | 'NextxWriteRows'
  | InferenceKernel;

/** A fused kernel without derivative. */
export type InferenceKernel = 'NextxHeads' | 'NextxAttend' | 'NextxModulatedNorm' | 'NextxLinear';

/** Whether the active engine has the fused kernels. */
export function hasFusedKernels(): boolean {
  return has('NextxActivation');
}

/** Whether the active engine has a fused kernel without derivative, and none is asked for. */
export function canInfer(name: InferenceKernel): boolean {
  return has(name) && !engine().isTapeOn();
}

function has(name: FusedKernel): boolean {
  return getKernel(name, getBackend()) !== undefined;
}

/** Runs a fused kernel of the active engine. Inputs are borrowed, outputs owned by the caller. */
export function runFusedKernel(
  name: FusedKernel,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: Readonly<Record<string, number>> = {},
): Tensor[] {
  const outputs: Tensor | Tensor[] = engine().runKernel(name, inputs as NamedTensorMap, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}
