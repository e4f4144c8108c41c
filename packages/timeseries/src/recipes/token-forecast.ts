import { reshape, slice, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { joinChannels } from '../tokenizers/channel-rows.ts';

/** What the numbers of one token are. */
export interface TokenForecast {
  /** Variates that the rows belong to. */
  readonly variates: number;
  /** Probabilities of the quantiles of each value; absent where there is one number a value. */
  readonly levels?: readonly number[] | undefined;
}

/**
 * The forecast of one token: its numbers themselves, or its medians.
 *
 * @param rows  `[B · V, H]` or `[B · V, H · levels]`; borrowed.
 * @returns `[B, H, V]`; owned by the caller.
 */
export function forecastValues(rows: Tensor2D, { variates, levels }: TokenForecast): Tensor3D {
  if (levels === undefined) return joinChannels(rows, variates);
  return tidy(() => {
    const [count, numbers] = rows.shape;
    const quantiles: Tensor3D = reshape(rows, [count, numbers / levels.length, levels.length]);
    const medians = slice(quantiles, [0, 0, levels.indexOf(0.5)], [-1, -1, 1]);
    return joinChannels(reshape(medians, [count, numbers / levels.length]), variates);
  });
}

/**
 * The quantiles of one token.
 *
 * @param rows  `[B · V, H · levels]`; borrowed.
 * @returns `[B, H, V, levels]`; owned by the caller.
 */
export function forecastQuantiles(
  rows: Tensor2D,
  { variates, levels = [0.5] }: TokenForecast,
): Tensor4D {
  const [count, numbers] = rows.shape;
  const shape = [count / variates, variates, numbers / levels.length, levels.length] as const;
  return tidy(() => transpose(reshape(rows, [...shape]) as Tensor4D, [0, 2, 1, 3]));
}

/**
 * Noise of the paths of windows to that of the rows of their variates.
 *
 * @param noise  `[B · count, H, V]`, the paths of a window one after another; borrowed.
 * @returns `[B · V, count, H]`; owned by the caller.
 */
export function pathRows(noise: Tensor3D, batch: number): Tensor3D {
  const [paths, horizon, variates] = noise.shape;
  const count = paths / batch;
  return tidy(() => {
    const ofEach: Tensor4D = reshape(noise, [batch, count, horizon, variates]);
    return reshape(transpose(ofEach, [0, 3, 1, 2]), [batch * variates, count, horizon]);
  });
}

/**
 * The inverse of `pathRows`.
 *
 * @param rows  `[B · V, count · H]`; borrowed.
 * @param shape  `[B · count, H, V]`
 * @returns Of that shape; owned by the caller.
 */
export function joinPaths(
  rows: Tensor2D,
  shape: readonly [number, number, number],
  batch: number,
): Tensor3D {
  const [paths, horizon, variates] = shape;
  return tidy(() => {
    const ofEach: Tensor4D = reshape(rows, [batch, variates, paths / batch, horizon]);
    return reshape(transpose(ofEach, [0, 2, 3, 1]), [paths, horizon, variates]);
  });
}
