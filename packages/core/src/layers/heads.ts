import {
  customGrad,
  getGradient,
  registerGradient,
  reshape,
  split,
  tensor1d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { hasFusedKernels, runFusedKernel } from './fused-kernels.ts';

/** Sizes of the heads in a row of queries, keys and values. */
export interface HeadSizes {
  readonly heads: number;
  /** Key-value heads, G. */
  readonly keyValueHeads: number;
  /** D */
  readonly headSize: number;
}

/**
 * Rows of queries, keys and values as heads.
 *
 * @param rows  `[B, n, (H + 2 G) · D]`; borrowed.
 * @returns `[B, H, n, D]` and twice `[B, G, n, D]`; owned by the caller.
 */
export function splitHeads(
  rows: Tensor3D,
  { heads, keyValueHeads, headSize }: HeadSizes,
): [queries: Tensor4D, keys: Tensor4D, values: Tensor4D] {
  if (hasFusedKernels()) {
    registerSplitGradient();
    const sizes = { queries: heads, keys: keyValueHeads, size: headSize };
    return runFusedKernel('NextxSplitHeads', { x: rows }, sizes) as [Tensor4D, Tensor4D, Tensor4D];
  }
  return tidy(() => {
    const keyFeatures = keyValueHeads * headSize;
    return split(rows, [heads * headSize, keyFeatures, keyFeatures], 2).map((part: Tensor) => {
      const [batch, count, features] = part.shape;
      return transpose(
        reshape(part, [batch, count, features / headSize, headSize]),
        [0, 2, 1, 3],
      ) as Tensor4D;
    }) as [Tensor4D, Tensor4D, Tensor4D];
  });
}

/** Heads side by side in rows: `[B, H, n, D]` to `[B, n, H · D]`. */
export function joinHeads(heads: Tensor4D): Tensor3D {
  const [batch, count, rows, size] = heads.shape;
  if (!hasFusedKernels()) {
    return tidy(() => reshape(transpose(heads, [0, 2, 1, 3]), [batch, rows, count * size]));
  }
  const operation = customGrad((input) => ({
    value: joined(input as Tensor),
    gradFunc: (dy: Tensor) =>
      runFusedKernel('NextxSplitHeads', { x: dy }, { queries: count, keys: 0, size })[0],
  }));
  return tidy(() => operation(heads)) as Tensor3D;
}

function joined(q: Tensor, k: Tensor = tensor1d([]), v: Tensor = tensor1d([])): Tensor {
  return runFusedKernel('NextxJoinHeads', { q, k, v })[0];
}

/** tfjs knows derivatives of kernels with several outputs by their registration only. */
function registerSplitGradient(): void {
  if (getGradient('NextxSplitHeads') !== undefined) return;
  registerGradient({
    kernelName: 'NextxSplitHeads',
    gradFunc: (dy) => ({ x: () => joined(...(dy as [Tensor, Tensor, Tensor])) }),
  });
}
