import { add, matMul, reshape, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { assertShape } from '../shape.ts';
import { canInfer, runFusedKernel } from './fused-kernels.ts';

/** Weights of an affine map from `C` to `E` features. */
export type LinearParams = {
  /** `[C, E]` */
  weight: Tensor2D;
  /** `[E]`; absent where the paper has no bias. */
  bias?: Tensor1D;
};

/** Sizes of an affine map. */
export interface LinearOptions {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** @defaultValue true */
  readonly hasBias?: boolean;
  /** Standard deviation of the truncated normal the weights start from. @defaultValue 0.02 */
  readonly standardDeviation?: number;
}

/** Initial weights: truncated normal, zero bias. */
export function initLinear(
  { inFeatures, outFeatures, hasBias = true, standardDeviation = 0.02 }: LinearOptions,
  initializer: Initializer,
): LinearParams {
  const weight = initializer.truncatedNormal(
    [inFeatures, outFeatures],
    standardDeviation,
  ) as Tensor2D;
  return hasBias ? { weight, bias: initializer.zeros([outFeatures]) as Tensor1D } : { weight };
}

/**
 * Affine map of every row: `x · weight + bias`.
 *
 * @param x  `[..., C]`; borrowed.
 * @returns `[..., E]`; owned by the caller.
 * @throws {ShapeError} if the last axis of `x` is not `C` long.
 */
export function linear<T extends Tensor>(params: LinearParams, x: T): T {
  const fused = inferLinear(params, x);
  if (fused !== undefined) return fused;
  const { weight, bias } = params;
  const [inFeatures, outFeatures] = weight.shape;
  const leading = x.shape.slice(0, -1);
  return tidy(() => {
    const product = matMul(reshape(x, [-1, inFeatures]) as Tensor2D, weight);
    const rows = bias === undefined ? product : add(product, bias);
    return reshape(rows, [...leading, outFeatures]) as T;
  });
}

/**
 * `activation(x · weight + bias)` as one operation, where the engine has it and no derivative is asked for.
 *
 * @param x  `[..., C]`; borrowed.
 * @param kind  Number of the activation among the fused kernels. @defaultValue -1, none
 * @returns `[..., E]`, owned by the caller; `undefined` where it is to be composed.
 * @throws {ShapeError} if the last axis of `x` is not `C` long.
 */
export function inferLinear<T extends Tensor>(
  { weight, bias }: LinearParams,
  x: T,
  kind = -1,
): T | undefined {
  const [inFeatures] = weight.shape;
  assertShape('linear: x', x, [...x.shape.slice(0, -1), inFeatures]);
  if (x.dtype !== 'float32' || inFeatures === 0 || !canInfer('NextxLinear')) return undefined;
  return tidy(() => {
    const inputs = { x, weight, bias: bias ?? tensor1d([]) };
    return runFusedKernel('NextxLinear', inputs, { kind })[0] as T;
  });
}
