import type { Baseline } from './baseline.ts';
import { assertLongEnough } from './naive.ts';

/**
 * Naive2, the reference of the M4 competition: repeats the last value of the seasonally adjusted series and puts the seasons
 * back, where a test finds seasons and all values are positive, as multiplied seasons need; else repeats the last value
 * (Makridakis et al. 2020).
 *
 * @param season  Its steps; 1 makes it `naive`.
 */
export function naive2(season: number): Baseline {
  return {
    name: 'naive2',
    fit: (history) => {
      assertLongEnough('naive2', history, 1);
      const isPositive = history.every((value) => value > 0);
      const indices =
        isPositive && isSeasonal(history, season) ? seasonalIndices(history, season) : undefined;
      const factor = (position: number) => indices?.[position % season] ?? 1;
      return {
        context: 1,
        predict: (past, horizon) => {
          const adjusted = past[past.length - 1] / factor(past.length - 1);
          return Float64Array.from(
            { length: horizon },
            (_, step) => adjusted * factor(past.length + step),
          );
        },
      };
    },
  };
}

/**
 * Whether the autocorrelation at the season's lag differs from 0 with 90 % confidence, by Bartlett's variance; false for less
 * than three seasons.
 */
function isSeasonal(history: Float64Array, season: number): boolean {
  if (season === 1 || history.length < 3 * season) return false;
  const mean = history.reduce((sum, value) => sum + value, 0) / history.length;
  const covariance = (lag: number) => {
    let sum = 0;
    for (let index = lag; index < history.length; index += 1) {
      sum += (history[index] - mean) * (history[index - lag] - mean);
    }
    return sum;
  };
  const variance = covariance(0);
  let squares = 0;
  for (let lag = 1; lag < season; lag += 1) squares += (covariance(lag) / variance) ** 2;
  const limit = 1.645 * Math.sqrt((1 + 2 * squares) / history.length);
  return Math.abs(covariance(season) / variance) > limit;
}

/** Classical multiplicative decomposition: mean ratio to the moving average of one season at each of its steps, 1 on average. */
function seasonalIndices(history: Float64Array, season: number): Float64Array {
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  const half = Math.floor(season / 2);
  for (let center = half; center + half < history.length; center += 1) {
    const phase = center % season;
    sums[phase] += history[center] / movingAverage(history, center, season);
    counts[phase] += 1;
  }
  const ratios = sums.map((sum, phase) => sum / counts[phase]);
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / season;
  return ratios.map((ratio) => ratio / mean);
}

/** Mean over one season around a value; of an even season the outermost two count half. */
function movingAverage(history: Float64Array, center: number, season: number): number {
  const half = Math.floor(season / 2);
  let sum = 0;
  for (let index = center - half; index <= center + half; index += 1) sum += history[index];
  const surplus = season % 2 === 0 ? (history[center - half] + history[center + half]) / 2 : 0;
  return (sum - surplus) / season;
}
