import { matMul, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Mean of the `kernel` values around each, the first and last value repeated beyond the ends (Zeng et al. 2023, the
 * trend of DLinear). A product with a matrix, which has a derivative on every engine.
 *
 * @param rows  `[R, T]`; borrowed.
 * @param kernel  An odd number.
 * @returns `[R, T]`; owned by the caller.
 */
export function movingAverage(rows: Tensor2D, kernel: number): Tensor2D {
  const length = rows.shape[1];
  return tidy(() => matMul(rows, tensor2d(averagingMatrix(length, kernel), [length, length])));
}

/** Column t holds the weights of the average at t. */
function averagingMatrix(length: number, kernel: number): Float32Array {
  const reach = (kernel - 1) / 2;
  const weights = new Float32Array(length * length);
  for (let time = 0; time < length; time++) {
    for (let offset = -reach; offset <= reach; offset++) {
      const source = Math.min(Math.max(time + offset, 0), length - 1);
      weights[source * length + time] += 1 / kernel;
    }
  }
  return weights;
}
