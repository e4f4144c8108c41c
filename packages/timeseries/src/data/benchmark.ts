import { continueTimestamps } from '../frequency.ts';
import { type Series, seriesLength } from '../series.ts';
import { calendarFeatures } from './calendar.ts';
import { type Split, fractionSplit } from './splits.ts';
import { type Standardization, standardization, standardize } from './standardize.ts';
import type { Table } from './windows.ts';

/** A series as the long-horizon benchmark has it: standardized by its training rows, which windows are cut from. */
export interface Benchmark {
  /** `[time, variates]`, all rows. */
  readonly values: Table;
  /** `[time, features]`, the calendar of each row; absent where the series has no times. */
  readonly marks?: Table;
  /** What it was made from. */
  readonly series: Series;
  readonly split: Split;
  readonly standardization: Standardization;
}

/**
 * The protocol that every paper of the long-horizon tables follows: each variate in units of its mean and population standard
 * deviation over the training rows; errors are reported in these units (Zhou et al. 2021, Informer).
 *
 * @param split  `ettSplit` for the ETT sets. @defaultValue 70, 10 and 20 % of the rows
 * @throws {DataError} BAD_INPUT at missing values; TOO_SHORT if the series ends before its split.
 */
export function benchmark(
  series: Series,
  split: Split = fractionSplit(seriesLength(series)),
): Benchmark {
  const scale = standardization(series, split.train);
  const columns = series.variates.length;
  const values = Float32Array.from(standardize(series.values, scale));
  const marks = calendarMarks(series, 0);
  const table = { values: { values, columns }, series, split, standardization: scale };
  return marks ? { ...table, marks } : table;
}

/**
 * The calendar of each row of a series and of rows that follow it.
 *
 * @param ahead  How many follow.
 * @returns `[time + ahead, features]`; undefined where the series has no times.
 */
export function calendarMarks({ timestamps, frequency }: Series, ahead: number): Table | undefined {
  if (!timestamps || !frequency) return undefined;
  const times = new Float64Array(timestamps.length + ahead);
  times.set(timestamps);
  times.set(continueTimestamps(timestamps, frequency, ahead), timestamps.length);
  return calendarFeatures(times, frequency);
}
