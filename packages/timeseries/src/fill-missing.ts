import { DataError } from '@nextx/core';
import { seasonLength } from './frequency.ts';
import { type Series, variateValues } from './series.ts';

/**
 * What stands in for a missing value: `error` refuses; `previous` repeats the one before; `linear` draws a line between its
 * neighbors; `seasonal` is the mean of the nearest ones whole seasons before and after, or else as `linear`. Before the first
 * value and after the last one there is only one neighbor, which is repeated.
 */
export type FillMethod = 'error' | 'previous' | 'linear' | 'seasonal';

/** Values that are missing (NaN). */
export function countMissing({ values }: Series): number {
  return values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
}

/**
 * A series whose missing values are filled; others stay as they are. `countMissing` of the series says how many there were.
 *
 * @param season  Steps of a season, for `seasonal`. @defaultValue `seasonLength` of the series' frequency
 * @throws {DataError} BAD_INPUT naming row and column, for the method `error`; EMPTY if a variate has no value at all.
 */
export function fillMissing(
  series: Series,
  method: FillMethod,
  season: number = series.frequency ? seasonLength(series.frequency) : 1,
): Series {
  if (method === 'error') {
    assertComplete('fillMissing', series);
    return series;
  }
  const { variates } = series;
  const values = series.values.slice();
  variates.forEach((name, variate) => {
    const column = variateValues(series, variate);
    if (column.every(Number.isNaN)) {
      throw new DataError(
        `fillMissing: a variate must have one value at least, "${name}" has none. Leave the column out.`,
        'EMPTY',
      );
    }
    const filled = fillers[method](column, season);
    filled.forEach((value, row) => {
      values[row * variates.length + variate] = value;
    });
  });
  return { ...series, values };
}

/**
 * Refuses values that are missing or infinite.
 *
 * @param rowsBefore  Rows of the whole table before those given, for the message.
 * @throws {DataError} BAD_INPUT naming the first one by row and column, and how many there are.
 */
export function assertComplete(where: string, series: Series, rowsBefore = 0): void {
  const { values, variates } = series;
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index === -1) return;
  const count = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  const others = count === 1 ? 'the only such value' : `${count} such values in all`;
  throw new DataError(
    `${where}: values must be there and finite, row ${rowsBefore + Math.floor(index / variates.length) + 1} of ` +
      `"${variates[index % variates.length]}" is ${values[index]} (${others}). ` +
      "Fill missing values first: 'previous', 'linear' or 'seasonal'.",
    'BAD_INPUT',
  );
}

const fillers: Readonly<
  Record<Exclude<FillMethod, 'error'>, (column: Float64Array, season: number) => Float64Array>
> = {
  previous: (column) => between(column, (before) => before),
  linear: (column) => between(column, (before, after, share) => before + share * (after - before)),
  seasonal: (column, season) => {
    const line = fillers.linear(column, season);
    return column.map((value, row) => {
      if (!Number.isNaN(value)) return value;
      const found = [-season, season]
        .map((step) => nearest(column, row, step))
        .filter((one) => one !== undefined);
      return found.length === 0
        ? line[row]
        : found.reduce((sum, one) => sum + one, 0) / found.length;
    });
  },
};

/** Fills each run of missing values from the values around it; `share` is how far in the run a value is. */
function between(
  column: Float64Array,
  value: (before: number, after: number, share: number) => number,
): Float64Array {
  const filled = column.slice();
  let known = -1;
  for (let row = 0; row <= column.length; row += 1) {
    if (row < column.length && Number.isNaN(column[row])) continue;
    const after = row < column.length ? column[row] : column[known];
    const before = known === -1 ? after : column[known];
    for (let missing = known + 1; missing < row; missing += 1) {
      filled[missing] = value(before, after, (missing - known) / (row - known));
    }
    known = row;
  }
  return filled;
}

function nearest(column: Float64Array, row: number, step: number): number | undefined {
  for (let at = row + step; at >= 0 && at < column.length; at += step) {
    if (!Number.isNaN(column[at])) return column[at];
  }
  return undefined;
}
