import { DataError, OptionError } from '@nextx/core';
import type { RowRange } from './splits.ts';

/** Numbers by row and column, row-major: the values of a series, or the marks of its times. */
export interface Table {
  /** `[time, columns]` */
  readonly values: Float32Array | Float64Array;
  readonly columns: number;
}

/** A window is `lookBack` rows and the `horizon` rows that follow them. */
export interface WindowSize {
  readonly lookBack: number;
  readonly horizon: number;
}

/**
 * First rows of all windows inside a range, one a row: `rows - lookBack - horizon + 1` of them. For validation and test pass
 * the range through `reachBack`, so that the first target is the first row of the range.
 *
 * @throws {DataError} TOO_SHORT if not one window fits.
 */
export function windowStarts(
  { start, end }: RowRange,
  { lookBack, horizon }: WindowSize,
): RowRange {
  const count = end - start - lookBack - horizon + 1;
  if (count < 1) {
    throw new DataError(
      `windowStarts: a look-back of ${lookBack} and a horizon of ${horizon} need ${lookBack + horizon} rows, ` +
        `there are ${end - start}. Shorten one of them or add data.`,
      'TOO_SHORT',
    );
  }
  return { start, end: start + count };
}

/**
 * The windows that begin at some rows.
 *
 * @param starts  `[B]`, the first row of each.
 * @returns `[B, length, columns]`
 * @throws {OptionError} RANGE if a window leaves the table.
 */
export function gatherWindows(
  { values, columns }: Table,
  starts: ArrayLike<number>,
  length: number,
): Float32Array {
  const size = length * columns;
  const windows = new Float32Array(starts.length * size);
  for (let index = 0; index < starts.length; index += 1) {
    const begin = starts[index] * columns;
    assertInside(begin, begin + size, values.length);
    windows.set(values.subarray(begin, begin + size), index * size);
  }
  return windows;
}

/**
 * Windows of single variates, for models that read each variate by itself: window `sample % columns`'s variate from row
 * `floor(sample / columns)` on. All windows of `windowStarts` are the samples `start · columns` to before `end · columns`.
 *
 * @param samples  `[B]`
 * @returns `[B, length]`, which is also `[B, length, 1]`
 * @throws {OptionError} RANGE if a window leaves the table.
 */
export function gatherVariateWindows(
  { values, columns }: Table,
  samples: ArrayLike<number>,
  length: number,
): Float32Array {
  const windows = new Float32Array(samples.length * length);
  for (let index = 0; index < samples.length; index += 1) {
    const begin = samples[index];
    assertInside(begin, begin + (length - 1) * columns + 1, values.length);
    for (let step = 0; step < length; step += 1) {
      windows[index * length + step] = values[begin + step * columns];
    }
  }
  return windows;
}

function assertInside(begin: number, end: number, length: number): void {
  if (!(begin >= 0 && end <= length)) {
    throw new OptionError(
      `gatherWindows: values ${begin} to ${end} must be in the table, it has ${length}. Take starts from windowStarts.`,
      'RANGE',
    );
  }
}
