import { DataError } from '@nextx/core';
import { type DateOrder, isAmbiguousDate, parseTimestamp } from './timestamp.ts';

const timeNames: ReadonlySet<string> = new Set(
  'date time timestamp datetime ds period day week month quarter year'.split(' ').concat(''),
);

/** How the times of a table are read. */
export interface TimeOptions {
  /**
   * Column of the times; several are read as one text, the year first: `['year', 'month', 'day', 'hour']`. False if rows are
   * only counted. @defaultValue the first column that is named like a time, or else whose first cell is a date
   */
  readonly time?: string | readonly string[] | false;
  /** Which number of `03/04/11` is the day. */
  readonly dateOrder?: DateOrder;
}

/** Positions of the columns that hold the times, none if rows are only counted. */
export function findTimeColumns(
  names: readonly string[],
  firstRow: readonly string[],
  { time, dateOrder }: TimeOptions,
): number[] {
  if (time === false) return [];
  if (time !== undefined) {
    return (typeof time === 'string' ? [time] : time).map((name) => columnOf(names, name));
  }
  const isDate = (cell = '') =>
    parseTimestamp(cell, dateOrder) !== undefined || isAmbiguousDate(cell);
  const named = names.findIndex(
    (name, index) => timeNames.has(name.toLowerCase()) && isDate(firstRow[index]),
  );
  const found =
    named === -1 ? firstRow.findIndex((cell) => isDate(cell) && !/^\d+$/.test(cell.trim())) : named;
  return found === -1 ? [] : [found];
}

/** Position of a named column. @throws {DataError} BAD_INPUT listing those that there are. */
export function columnOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index === -1) {
    const shown = names.slice(0, 20).map((one) => `"${one}"`);
    throw new DataError(
      `series: column "${name}" must be in the table, it has ${shown.join(', ')}${names.length > 20 ? ', ...' : ''}. ` +
        'Choose one of them.',
      'BAD_INPUT',
    );
  }
  return index;
}

/**
 * A function from the rows of a table, in order, to their timestamps.
 *
 * @throws (the function) {DataError} BAD_INPUT, naming row and column, for what is not a time, for a time that does not follow
 * the one before, and where some times have an offset from UTC and some have none.
 */
export function timeReader(
  names: readonly string[],
  columns: readonly number[],
  dateOrder?: DateOrder,
): (cells: readonly string[], row: number) => number {
  const where = columns.map((column) => `"${names[column]}"`).join(', ');
  let previous = -Infinity;
  let wasZoned: boolean | undefined;
  const refuse = (row: number, what: string): never => {
    throw new DataError(`series: row ${row}, column ${where}: ${what}`, 'BAD_INPUT');
  };
  return (cells, row) => {
    const text = timeText(names, columns, cells);
    const parsed = parseTimestamp(text, dateOrder);
    if (!parsed) {
      const remedy = isAmbiguousDate(text)
        ? "Say which number is the day (dateOrder: 'day-first' or 'month-first')."
        : 'Write it as 2016-07-01 00:00, or read without times (time: false).';
      return refuse(row, `must be a time, got "${text}". ${remedy}`);
    }
    const { milliseconds, isZoned } = parsed;
    if (isZoned !== (wasZoned ?? isZoned)) {
      refuse(
        row,
        `times must all have an offset from UTC or none, "${text}" differs. Write all in UTC.`,
      );
    }
    if (milliseconds <= previous) {
      const verb = milliseconds === previous ? 'repeats' : 'precedes';
      refuse(
        row,
        `times must ascend, "${text}" ${verb} the row before. Sort the rows and keep one of each time ` +
          '(clocks set back in autumn repeat an hour: write times in UTC).',
      );
    }
    wasZoned = isZoned;
    previous = milliseconds;
    return milliseconds;
  };
}

/** Parts of a time side by side; a column named `quarter` counts quarters. */
function timeText(
  names: readonly string[],
  columns: readonly number[],
  cells: readonly string[],
): string {
  const parts = columns.map((column) => {
    const cell = cells[column].trim();
    return names[column].toLowerCase() === 'quarter' && /^[1-4]$/.test(cell) ? `Q${cell}` : cell;
  });
  return parts.join(' ');
}
