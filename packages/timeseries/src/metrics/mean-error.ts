import { meanOfPairs } from './paired.ts';

/** Mean of squared errors over all values. @throws {ShapeError} if lengths differ or are 0. */
export function mse(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOfPairs('mse', actual, forecast, (y, f) => (y - f) ** 2);
}

/** Mean of absolute errors over all values. @throws {ShapeError} if lengths differ or are 0. */
export function mae(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOfPairs('mae', actual, forecast, (y, f) => Math.abs(y - f));
}
