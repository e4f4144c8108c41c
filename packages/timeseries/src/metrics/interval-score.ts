import { ShapeError } from '@nextx/core';

/** Bounds of a prediction interval, one pair for each value. */
export interface IntervalBounds {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

/** The share of values inside of their intervals, bounds included. @throws {ShapeError} if lengths differ or are 0. */
export function intervalCoverage(actual: ArrayLike<number>, bounds: IntervalBounds): number {
  return meanOverIntervals('intervalCoverage', actual, bounds, (y, lower, upper) =>
    y >= lower && y <= upper ? 1 : 0,
  );
}

/**
 * MSIS: the mean width of intervals plus `2 / (1 - coverage)` times what a value lies outside, in units of `seasonalScale`
 * (Gneiting and Raftery 2007, equation 43, scaled as in Makridakis et al. 2020, M4).
 *
 * @param coverage  What the intervals claim, 0.95 of M4.
 * @throws {ShapeError} if lengths differ or are 0.
 */
export function msis(
  actual: ArrayLike<number>,
  bounds: IntervalBounds,
  { coverage, scale }: { readonly coverage: number; readonly scale: number },
): number {
  const penalty = 2 / (1 - coverage);
  const score = meanOverIntervals(
    'msis',
    actual,
    bounds,
    (y, lower, upper) =>
      upper - lower + penalty * (Math.max(0, lower - y) + Math.max(0, y - upper)),
  );
  return score / scale;
}

function meanOverIntervals(
  where: string,
  actual: ArrayLike<number>,
  { lower, upper }: IntervalBounds,
  measure: (y: number, lower: number, upper: number) => number,
): number {
  if (actual.length === 0 || actual.length !== lower.length || actual.length !== upper.length) {
    throw new ShapeError(
      `${where}: an interval must stand for each of one value or more, got ${lower.length} lower and ${upper.length} upper ` +
        `bounds for ${actual.length}. Pass arrays of the same length.`,
    );
  }
  let sum = 0;
  for (let index = 0; index < actual.length; index += 1) {
    sum += measure(actual[index], lower[index], upper[index]);
  }
  return sum / actual.length;
}
