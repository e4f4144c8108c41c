import { DataError } from '@nextx/core';
import { mae } from './mean-error.ts';

/**
 * MASE: mean absolute error in units of `seasonalScale` of the history (Hyndman and Koehler 2006, Another look at measures of
 * forecast accuracy).
 *
 * @param scale  From `seasonalScale`.
 */
export function mase(
  actual: ArrayLike<number>,
  forecast: ArrayLike<number>,
  scale: number,
): number {
  return mae(actual, forecast) / scale;
}

/**
 * The mean absolute step of a history from one season to the next: what the seasonal naive forecast errs by, in sample.
 *
 * @param season  Steps of a season; 1 compares neighbors.
 * @throws {DataError} TOO_SHORT unless the history is longer than a season; DEGENERATE if it repeats itself exactly, so that
 * errors have no unit.
 */
export function seasonalScale(history: ArrayLike<number>, season: number): number {
  if (history.length <= season) {
    throw new DataError(
      `seasonalScale: a history must be longer than its season of ${season}, it has ${history.length} values. ` +
        'Add history or take a shorter season.',
      'TOO_SHORT',
    );
  }
  const scale = meanSeasonalStep(history, season);
  if (scale === 0) {
    throw new DataError(
      'seasonalScale: a history must change from season to season, this one repeats itself exactly, so that errors have no ' +
        'unit. Leave the series out or report absolute errors.',
      'DEGENERATE',
    );
  }
  return scale;
}

/** The mean absolute step from one season to the next: 0 of a history that repeats itself, NaN of one no longer than a season. */
export function meanSeasonalStep(history: ArrayLike<number>, season: number): number {
  let sum = 0;
  for (let index = season; index < history.length; index += 1) {
    sum += Math.abs(history[index] - history[index - season]);
  }
  return sum / Math.max(0, history.length - season);
}
