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
    const { mean: center, deviation: spread } = meanAndDeviation(column);
    mean[variate] = center;
    deviation[variate] = spread || 1;
  });
  return { mean, deviation };
}

/**
 * Mean and population standard deviation of finite values, exactly the value and 0 of a constant. Values are divided before they
 * are squared, so that no size of them overflows.
 */
export function meanAndDeviation(values: Float64Array): {
  readonly mean: number;
  readonly deviation: number;
} {
  if (values.every((value) => value === values[0])) return { mean: values[0], deviation: 0 };
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value - mean)), 0);
  const squares = values.reduce((sum, value) => sum + ((value - mean) / most) ** 2, 0);
  return { mean, deviation: most * Math.sqrt(squares / values.length) };
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
