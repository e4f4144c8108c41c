import { normals } from '@nextx/core';
import type { Key } from '@nextx/core';

/** Values that are made and left out, so that nothing is left of the start at zero. */
const warmUp = 500;

/**
 * Coefficients of the stationary autoregression that has these partial autocorrelations (Levinson's recursion).
 *
 * @param partials  Of lag 1, 2, ..., each between -1 and 1.
 * @returns As many coefficients, that of lag 1 first.
 */
export function stationaryCoefficients(partials: readonly number[]): number[] {
  return partials.reduce<number[]>(
    (lower, partial) => [
      ...lower.map((value, i) => value - partial * lower[lower.length - 1 - i]),
      partial,
    ],
    [],
  );
}

/**
 * A realization of an autoregression under normal noise of deviation 1.
 *
 * @param coefficients  That of lag 1 first.
 * @returns `[length]`
 */
export function simulateAutoRegression(
  coefficients: readonly number[],
  length: number,
  key: Key,
): Float64Array {
  const values = normals(key, length + warmUp);
  for (let time = 0; time < values.length; time++) {
    coefficients.forEach((coefficient, lag) => {
      values[time] += coefficient * (values[time - 1 - lag] ?? 0);
    });
  }
  return values.slice(warmUp);
}
