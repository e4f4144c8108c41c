import { meanOfPairs } from './paired.ts';

/**
 * sMAPE in percent, 0 to 200: the mean of `200 |y - f| / (|y| + |f|)`, a pair of zeros counting 0 (Makridakis et al. 2020, M4).
 *
 * @throws {ShapeError} if lengths differ or are 0.
 */
export function smape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOfPairs('smape', actual, forecast, (y, f) => {
    const size = Math.abs(y) + Math.abs(f);
    return size === 0 ? 0 : (200 * Math.abs(y - f)) / size;
  });
}
