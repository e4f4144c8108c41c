import { DataError } from '@nextx/core';

/** Successive rows of a table, `start` to before `end`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Rows to learn from, to choose by, and to report on; validation follows training, test follows validation. */
export interface Split {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly test: RowRange;
}

/**
 * The borders that every paper draws on a set of ETT: 12, 4 and 4 months of 30 days; rows after them are unused
 * (Zhou et al. 2021, Informer).
 *
 * @param rowsPerHour  1 for ETTh, 4 for ETTm.
 */
export function ettSplit(rowsPerHour = 1): Split {
  const month = 30 * 24 * rowsPerHour;
  return {
    train: { start: 0, end: 12 * month },
    validation: { start: 12 * month, end: 16 * month },
    test: { start: 16 * month, end: 20 * month },
  };
}

/**
 * The borders of all other sets of the long-horizon benchmark: the first 70 % of the rows train, the last 20 % test, both
 * rounded down, and validation is the rest (Wu et al. 2021, Autoformer).
 */
export function fractionSplit(rows: number): Split {
  const trainEnd = Math.floor(0.7 * rows);
  const testStart = rows - Math.floor(0.2 * rows);
  return {
    train: { start: 0, end: trainEnd },
    validation: { start: trainEnd, end: testStart },
    test: { start: testStart, end: rows },
  };
}

/** Rows before a range joined to it, so that its first forecast has a history: test windows reach back into validation. */
export function reachBack({ start, end }: RowRange, lookBack: number): RowRange {
  if (start < lookBack) {
    throw new DataError(
      `reachBack: ${lookBack} rows must precede row ${start}. Shorten the look-back to ${start} or less.`,
      'TOO_SHORT',
    );
  }
  return { start: start - lookBack, end };
}
