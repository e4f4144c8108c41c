import { ShapeError } from '@nextx/core';

/**
 * Peak signal-to-noise ratio in dB, `10 log10(range^2 / mse)`, the error meant over all values of one picture.
 * Equal pictures give Infinity; average over pictures after calling this for each.
 *
 * @param range  Distance from black to white: 1 for values in [0, 1], 2 for [-1, 1], 255 for bytes.
 * @throws {ShapeError} if the lengths differ or are 0.
 */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, range: number): number {
  if (a.length !== b.length || a.length === 0) {
    throw new ShapeError(
      `psnr: both pictures must have the same number of values, got ${a.length} and ${b.length}.`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return 10 * Math.log10((range * range * a.length) / sum);
}
