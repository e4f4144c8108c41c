import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { silu } from './activation.ts';
import { initLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';

/** Sinusoids of a time. */
const sinusoids = 256;
const longestPeriod = 10_000;

/** Weights of the embedding of a time: sinusoids to width `W`, twice. */
export type TimeEmbeddingParams = {
  up: LinearParams;
  down: LinearParams;
};

/** Initial weights: normal of deviation 0.02 (DiT, MAR), zero biases. */
export function initTimeEmbedding(width: number, initializer: Initializer): TimeEmbeddingParams {
  return {
    up: initLinear({ inFeatures: sinusoids, outFeatures: width }, initializer),
    down: initLinear({ inFeatures: width, outFeatures: width }, initializer),
  };
}

/**
 * Embeds times: `down(silu(up(sinusoids)))` (Peebles and Xie 2023, DiT; Li et al. 2024, MAR).
 *
 * @param times  `[M]`, in units of which 1000 are the whole course, so that fine differences of time show.
 * @returns `[M, W]`; owned by the caller.
 */
export function timeEmbedding(
  { up, down }: TimeEmbeddingParams,
  times: ArrayLike<number>,
): Tensor2D {
  return tidy(() => {
    const features = tensor2d(timeSinusoids(times), [times.length, sinusoids]);
    return linear(down, silu(linear(up, features)));
  });
}

/**
 * Sinusoids of times, `[cos(t f_j) | sin(t f_j)]` with `f_j = 10000^(-j / 128)`, made on the host: engines differ in
 * the sine of a large angle.
 *
 * @returns `[M, 256]`, row-major.
 */
export function timeSinusoids(times: ArrayLike<number>): Float32Array {
  const half = sinusoids / 2;
  const values = new Float32Array(times.length * sinusoids);
  for (let j = 0; j < half; j++) {
    const frequency = longestPeriod ** (-j / half);
    for (let row = 0; row < times.length; row++) {
      const angleRadians = times[row] * frequency;
      values[row * sinusoids + j] = Math.cos(angleRadians);
      values[row * sinusoids + half + j] = Math.sin(angleRadians);
    }
  }
  return values;
}
