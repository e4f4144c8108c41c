import { DataError } from '@nextx/core';
import { type Series, seriesLength } from '../series.ts';
import type { RowRange } from './splits.ts';

/** The location and spread of each variate, which standardized values are measured in. */
export interface Standardization {
  readonly mean: Float64Array;
  /** Population standard deviation; 1 where a variate is constant, whose standardized values are 0. */
  readonly deviation: Float64Array;
}

/**
 * Mean and population standard deviation (divided by n) of each variate over some rows, the training rows as a rule.
 *
 * @throws {DataError} BAD_INPUT at a missing value; TOO_SHORT if the series lacks the rows.
 */
export function standardization(series: Series, rows: RowRange): Standardization {
  const { values, variates } = series;
  const count = rows.end - rows.start;
  if (count < 1 || rows.end > seriesLength(series)) {
    throw new DataError(
      `standardization: rows ${rows.start} to ${rows.end} must be in the series, it has ${seriesLength(series)}. ` +
        'Choose the split that belongs to this series.',
      'TOO_SHORT',
    );
  }
  const mean = new Float64Array(variates.length);
  const deviation = new Float64Array(variates.length);
  variates.forEach((name, variate) => {
    const column = Float64Array.from(
      { length: count },
      (_, row) => values[(rows.start + row) * variates.length + variate],
    );
    const bad = column.findIndex((value) => !Number.isFinite(value));
    if (bad !== -1) {
      throw new DataError(
        `standardization: values must be finite, row ${rows.start + bad} of "${name}" is ${column[bad]}. Fill missing values first.`,
        'BAD_INPUT',
      );
    }
    [mean[variate], deviation[variate]] = meanAndDeviation(column);
  });
  return { mean, deviation };
}

/** Values are divided before they are squared, so that no size of them overflows. */
function meanAndDeviation(column: Float64Array): [mean: number, deviation: number] {
  if (column.every((value) => value === column[0])) return [column[0], 1];
  const mean = column.reduce((sum, value) => sum + value / column.length, 0);
  const most = column.reduce((max, value) => Math.max(max, Math.abs(value - mean)), 0);
  const squares = column.reduce((sum, value) => sum + ((value - mean) / most) ** 2, 0);
  return [mean, most * Math.sqrt(squares / column.length)];
}

/** `(value - mean) / deviation` of `[time, variates]`. */
export function standardize(
  values: Float64Array,
  { mean, deviation }: Standardization,
): Float64Array {
  return values.map((value, index) => {
    const variate = index % mean.length;
    return (value - mean[variate]) / deviation[variate];
  });
}
