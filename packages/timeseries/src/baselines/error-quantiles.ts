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
  const starts = history.length - context;
  if (starts < 1) {
    throw new DataError(
      `errorQuantiles: intervals need ${context + 1} values or more, there are ${history.length}. ` +
        'Add history or ask for no intervals.',
      'TOO_SHORT',
    );
  }
  const errors: number[][] = Array.from({ length: horizon }, () => []);
  const stride = Math.max(1, starts / maxOrigins);
  for (let start = 0; start < starts; start += stride) {
    const origin = context + Math.floor(start);
    const steps = Math.min(horizon, history.length - origin);
    predict(history.subarray(0, origin), steps).forEach((value, step) => {
      errors[step].push(history[origin + step] - value);
    });
  }
  const enough = errors.findLastIndex((all) => all.length >= minErrors);
  return Float64Array.from({ length: horizon * probabilities.length }, (_, index) => {
    const step = Math.floor(index / probabilities.length);
    const shown = errors[step].length >= minErrors ? step : Math.min(step, Math.max(0, enough));
    const widening = Math.sqrt((step + 1) / (shown + 1));
    return widening * quantileOf(errors[shown], probabilities[index % probabilities.length]);
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
