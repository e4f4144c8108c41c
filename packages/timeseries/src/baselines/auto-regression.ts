import type { Baseline } from './baseline.ts';
import { assertLongEnough } from './naive.ts';
import { solveNormalEquations } from './solve-normal-equations.ts';

/** A linear recurrence: the next value is `intercept + sum of coefficients[k] · value (k + 1) steps before`. */
export interface AutoRegression {
  readonly intercept: number;
  /** Lag 1 first. */
  readonly coefficients: Float64Array;
}

/**
 * The autoregression of least squared error in sample, with a constant, in closed form.
 *
 * @param history  Finite values; borrowed.
 * @param order  Lags, p of AR(p).
 * @throws {DataError} TOO_SHORT for fewer than `2 · order + 2` values, from where on there are more equations than unknowns.
 */
export function fitAutoRegression(history: Float64Array, order: number): AutoRegression {
  assertLongEnough('fitAutoRegression', history, 2 * order + 2);
  // About the mean, and the constant last: sums of products stay small, and what is left of a constant series is the constant.
  const mean = history.reduce((sum, value) => sum + value / history.length, 0);
  const spread = history.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0) || 1;
  const centered = history.map((value) => (value - mean) / spread);
  const features = order + 1;
  const gram = new Float64Array(features * features);
  const moments = new Float64Array(features);
  const feature = (lag: number, row: number) => (lag < order ? centered[row - 1 - lag] : 1);
  for (let row = order; row < centered.length; row += 1) {
    for (let lag = 0; lag < features; lag += 1) {
      const value = feature(lag, row);
      moments[lag] += value * centered[row];
      for (let other = 0; other <= lag; other += 1) {
        gram[lag * features + other] += value * feature(other, row);
      }
    }
  }
  const weights = solveNormalEquations({ gram, moments, features, targets: 1 });
  const coefficients = weights.slice(0, order);
  const sum = coefficients.reduce((total, coefficient) => total + coefficient, 0);
  return { intercept: spread * weights[order] + mean * (1 - sum), coefficients };
}

/** Autoregression by least squares, iterated. @param order  Lags, p of AR(p). */
export function autoRegression(order: number): Baseline {
  return {
    name: `ar-${order}`,
    fit: (history) => {
      const fitted = fitAutoRegression(history, order);
      return { context: order, predict: (past, horizon) => iterate(fitted, past, horizon) };
    },
  };
}

function iterate(
  { intercept, coefficients }: AutoRegression,
  past: Float64Array,
  horizon: number,
): Float64Array {
  const order = coefficients.length;
  const values = new Float64Array(order + horizon);
  values.set(past.subarray(past.length - order));
  for (let at = order; at < values.length; at += 1) {
    let value = intercept;
    for (let lag = 0; lag < order; lag += 1) value += coefficients[lag] * values[at - 1 - lag];
    values[at] = value;
  }
  return values.subarray(order);
}
