import {
  add,
  customGrad,
  maximum,
  mean,
  mul,
  rsqrt,
  square,
  sub,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { hasFusedKernels, runFusedKernel } from './fused-kernels.ts';

/**
 * `(x - mean) / √(variance + epsilon)` over the given axes, with its closed-form derivative as one tape entry:
 * `dx = (dy - mean(dy) - y · mean(dy · y)) / √(variance + epsilon)`.
 *
 * @param x  Borrowed.
 * @returns Same shape; owned by the caller.
 */
export function standardize<T extends Tensor>(x: T, axes: number[], epsilon: number): T {
  const isOfRows = axes.length === 1 && axes[0] === x.rank - 1;
  if (isOfRows && hasFusedKernels()) return fusedNormalize(x, { kind: 0, epsilon });
  const operation = customGrad((input, save) => {
    const values = input as Tensor;
    const centered = sub(values, mean(values, axes, true));
    const inverse = rsqrt(add(mean(square(centered), axes, true), epsilon));
    const value = mul(centered, inverse);
    (save as (tensors: Tensor[]) => void)([value, inverse]);
    return {
      value,
      gradFunc: (dy: Tensor, [y, scale]: Tensor[]) =>
        tidy(() => {
          const projected = mul(y, mean(mul(dy, y), axes, true));
          return mul(sub(sub(dy, mean(dy, axes, true)), projected), scale);
        }),
    };
  });
  return tidy(() => operation(x)) as T;
}

/**
 * `x / √(mean(x²) + epsilon)` over the last axis (Zhang and Sennrich 2019), likewise one tape entry:
 * `dx = (dy - y · mean(dy · y)) / √(mean(x²) + epsilon)`.
 */
export function rootMeanSquareNormalize<T extends Tensor>(x: T, epsilon: number): T {
  if (hasFusedKernels()) return fusedNormalize(x, { kind: 1, epsilon });
  const operation = customGrad((input, save) => {
    const values = input as Tensor;
    const inverse = rsqrt(add(mean(square(values), -1, true), epsilon));
    const value = mul(values, inverse);
    (save as (tensors: Tensor[]) => void)([value, inverse]);
    return {
      value,
      gradFunc: (dy: Tensor, [y, scale]: Tensor[]) =>
        tidy(() => mul(sub(dy, mul(y, mean(mul(dy, y), -1, true))), scale)),
    };
  });
  return tidy(() => operation(x)) as T;
}

/** Below this square a row is not stretched to unit length. */
export const leastSquare = 1e-24;

/** `x / ‖x‖` over the last axis, with a floor of 1e-12 under the norm, one tape entry. */
export function l2Normalize<T extends Tensor>(x: T): T {
  if (hasFusedKernels()) return fusedNormalize(x, { kind: 2, epsilon: leastSquare });
  const operation = customGrad((input, save) => {
    const values = input as Tensor;
    const inverse = rsqrt(maximum(sum(square(values), -1, true), leastSquare));
    const value = mul(values, inverse);
    (save as (tensors: Tensor[]) => void)([value, inverse]);
    return {
      value,
      gradFunc: (dy: Tensor, [y, scale]: Tensor[]) =>
        tidy(() => mul(sub(dy, mul(y, sum(mul(dy, y), -1, true))), scale)),
    };
  });
  return tidy(() => operation(x)) as T;
}

/** The same by the engine's kernels, over the last axis. */
function fusedNormalize<T extends Tensor>(
  x: T,
  { kind, epsilon }: { readonly kind: number; readonly epsilon: number },
): T {
  const operation = customGrad((input, save) => {
    const [value, inverse] = runFusedKernel(
      'NextxNormalize',
      { x: input as Tensor },
      { kind, epsilon },
    );
    (save as (tensors: Tensor[]) => void)([value, inverse]);
    return {
      value,
      gradFunc: (dy: Tensor, [y, scale]: Tensor[]) =>
        runFusedKernel('NextxNormalizeGrad', { y, inverse: scale, dy }, { kind }),
    };
  });
  return tidy(() => operation(x)) as T;
}
