import { ShapeError } from '@nextx/core';

/** The mean of a measure over pairs of numbers. @throws {ShapeError} if the two differ in length or are empty. */
export function meanOfPairs(
  where: string,
  actual: ArrayLike<number>,
  forecast: ArrayLike<number>,
  measure: (actual: number, forecast: number) => number,
): number {
  if (actual.length === 0 || actual.length !== forecast.length) {
    throw new ShapeError(
      `${where}: a forecast must stand for each of one value or more, got ${forecast.length} for ${actual.length}. ` +
        'Pass arrays of the same length.',
    );
  }
  let sum = 0;
  for (let index = 0; index < actual.length; index += 1) {
    sum += measure(actual[index], forecast[index]);
  }
  return sum / actual.length;
}
