import { reshape, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/**
 * Channel independence: every variate of every sample becomes a row of its own, row `b · V + v` variate v of sample b
 * (Nie et al. 2023, PatchTST, section 3.1).
 *
 * @param values  `[B, T, V]`; borrowed.
 * @returns `[B · V, T]`; owned by the caller.
 */
export function channelRows(values: Tensor3D): Tensor2D {
  const [batch, length, variates] = values.shape;
  return tidy(() => reshape(transpose(values, [0, 2, 1]), [batch * variates, length]));
}

/**
 * The inverse of `channelRows`.
 *
 * @param rows  `[B · V, T]`; borrowed.
 * @returns `[B, T, V]`; owned by the caller.
 */
export function joinChannels(rows: Tensor2D, variates: number): Tensor3D {
  const [count, length] = rows.shape;
  return tidy(() =>
    transpose(reshape(rows, [count / variates, variates, length]) as Tensor3D, [0, 2, 1]),
  );
}
