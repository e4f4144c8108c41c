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
  const { timestamps, frequency } = series;
  const table = { values: { values, columns }, split, standardization: scale };
  return timestamps && frequency
    ? { ...table, marks: calendarFeatures(timestamps, frequency) }
    : table;
}
