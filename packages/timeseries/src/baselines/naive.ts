import { DataError } from '@nextx/core';
import type { Baseline } from './baseline.ts';

/** Repeats the last value. */
export const naive: Baseline = { ...seasonalNaive(1), name: 'naive' };

/**
 * Repeats the last season.
 *
 * @param season  Its steps, 24 of hourly series.
 */
export function seasonalNaive(season: number): Baseline {
  return {
    name: 'seasonal-naive',
    fit: (history) => {
      assertLongEnough('seasonalNaive', history, season);
      return {
        context: season,
        predict: (past, horizon) =>
          Float64Array.from(
            { length: horizon },
            (_, step) => past[past.length - season + (step % season)],
          ),
      };
    },
  };
}

/** @throws {DataError} TOO_SHORT if a history has fewer values than a baseline needs. */
export function assertLongEnough(where: string, history: Float64Array, needed: number): void {
  if (history.length < needed) {
    throw new DataError(
      `${where}: ${needed} values must be known, there are ${history.length}. Add history or choose another baseline.`,
      'TOO_SHORT',
    );
  }
}
