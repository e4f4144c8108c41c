import { matMul, tensor2d, tidy, topk } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Quantiles of samples: linear between them, where each stands for the middle of its share (type 5 of Hyndman and Fan 1996), and
 * the outermost beyond.
 *
 * @param samples  `[rows, count]`, in any order; borrowed.
 * @param levels  Probabilities of the quantiles.
 * @returns `[rows, levels]`; owned by the caller.
 */
export function sampleQuantiles(samples: Tensor2D, levels: readonly number[]): Tensor2D {
  const count = samples.shape[1];
  return tidy(() => {
    const descending: Tensor2D = topk(samples, count).values;
    const weights = new Float32Array(count * levels.length);
    levels.forEach((level, column) => {
      const place = Math.min(Math.max(level * count - 0.5, 0), count - 1);
      const below = Math.floor(place);
      const above = Math.min(below + 1, count - 1);
      // Of ascending places, in a list that descends.
      weights[(count - 1 - below) * levels.length + column] += 1 - (place - below);
      weights[(count - 1 - above) * levels.length + column] += place - below;
    });
    return matMul(descending, tensor2d(weights, [count, levels.length]));
  });
}
