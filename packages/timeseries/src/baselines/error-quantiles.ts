import { DataError } from '@nextx/core';
import type { Continuation } from './baseline.ts';

/** Forecasts of the past that errors are counted over at most. */
const maxOrigins = 256;
/** Errors that quantiles are read from at least. */
const minErrors = 10;

/**
 * What a continuation has erred by in its own past, step by step: quantiles of `actual - forecast` over up to 256 starts. A step
 * that the past shows too rarely takes the errors of the last step that it shows ten times (or else of the first), wider by the
 * root of the ratio of steps, as errors of a random walk grow.
 *
 * @param history  What the continuation was fitted to; borrowed.
 * @param probabilities  In (0, 1).
 * @returns `[horizon, probabilities]`
 * @throws {DataError} TOO_SHORT if not one step of the past can be forecast.
 */
export function errorQuantiles(
  { context, predict }: Continuation,
  history: Float64Array,
  { horizon, probabilities }: { readonly horizon: number; readonly probabilities: readonly number[] },
): Float64Array {
  if (history.length <= context) {
    throw new DataError(
      `errorQuantiles: intervals need ${context + 1} values or more, there are ${history.length}. ` +
        'Add history or ask for no intervals.',
      'TOO_SHORT',
    );
  }
  const errors = pastOrigins(history.length, context, maxOrigins).map((origin) => {
    const steps = Math.min(horizon, history.length - origin);
    const forecast = predict(history.subarray(0, origin), steps);
    return forecast.map((value, step) => history[origin + step] - value);
  });
  return quantilesOfErrors(errors, { horizon, probabilities });
}

/** Rows of the past where a forecast may start, after a context and before the end: all, or so many at even distances. */
export function pastOrigins(rows: number, context: number, most: number): number[] {
  const starts = rows - context;
  const stride = Math.max(1, starts / most);
  return Array.from(
    { length: Math.min(starts, most) },
    (_, index) => context + Math.floor(index * stride),
  );
}

/**
 * Quantiles of errors at each step, as `errorQuantiles` has them.
 *
 * @param errors  Of each start, those of its first steps, as far as the past shows them.
 * @returns `[horizon, probabilities]`
 */
export function quantilesOfErrors(
  errors: readonly Float64Array[],
  { horizon, probabilities }: { readonly horizon: number; readonly probabilities: readonly number[] },
): Float64Array {
  const bySteps = Array.from({ length: horizon }, (_, step) =>
    errors.filter((all) => all.length > step).map((all) => all[step]),
  );
  const enough = bySteps.findLastIndex((all) => all.length >= minErrors);
  return Float64Array.from({ length: horizon * probabilities.length }, (_, index) => {
    const step = Math.floor(index / probabilities.length);
    const shown = Math.min(step, Math.max(0, enough));
    const widening = Math.sqrt((step + 1) / (shown + 1));
    return widening * quantileOf(bySteps[shown], probabilities[index % probabilities.length]);
  });
}

/** The quantile of a sample, linear between its ordered values (type 7 of Hyndman and Fan 1996). */
export function quantileOf(sample: readonly number[], probability: number): number {
  const sorted = Float64Array.from(sample).sort();
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
