import type { Initializer } from '@nextx/core';
import { fill, tensor } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Deviation of what a recipe would start from zero, so that a benchmark's network ignores none of its parts. */
const smallDeviation = 0.02;

/**
 * Weights for measurements: uniform values with the deviations that a recipe asks for, from a generator that fills
 * a hundred million values in a second, the same in every process. What starts at zero or one gets a little noise.
 *
 * @param seed  A whole number other than 0.
 */
export function filledInitializer(seed: number): Initializer {
  let state = seed | 0;
  const uniform = (shape: readonly number[], bound: number, center = 0): Tensor => {
    const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
    for (let index = 0; index < values.length; index++) {
      // Xorshift (Marsaglia 2003).
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[index] = center + (state / 2 ** 31) * bound;
    }
    return tensor(values, [...shape]);
  };
  const spread = (shape: readonly number[], deviation: number, center = 0): Tensor =>
    uniform(shape, (deviation || smallDeviation) * Math.sqrt(3), center);
  return {
    normal: (shape, deviation) => spread(shape, deviation),
    truncatedNormal: (shape, deviation) => spread(shape, deviation),
    uniform: (shape, bound) => uniform(shape, bound),
    zeros: (shape) => spread(shape, smallDeviation),
    ones: (shape) => spread(shape, smallDeviation, 1),
    constant: (shape, value) => fill([...shape], value),
  };
}
