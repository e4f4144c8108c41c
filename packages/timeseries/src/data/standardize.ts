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
    const at = (row: number) => values[row * variates.length + variate];
    for (let row = rows.start; row < rows.end; row += 1) {
      if (!Number.isFinite(at(row))) {
        throw new DataError(
          `standardization: values must be finite, row ${row} of "${name}" is ${at(row)}. Fill missing values first.`,
          'BAD_INPUT',
        );
      }
      mean[variate] += at(row) / count;
    }
    let squares = 0;
    for (let row = rows.start; row < rows.end; row += 1) {
      squares += (at(row) - mean[variate]) ** 2;
    }
    deviation[variate] = Math.sqrt(squares / count) || 1;
  });
  return { mean, deviation };
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
