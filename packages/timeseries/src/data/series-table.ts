import { DataError } from '@nextx/core';
import { inferFrequency } from '../frequency.ts';
import type { Series } from '../series.ts';
import { fillGaps } from './fill-gaps.ts';
import { parseNumberCell } from './number-cell.ts';
import { RowBuffer } from './row-buffer.ts';
import { type TimeOptions, columnOf, findTimeColumns, timeReader } from './time-column.ts';
import { parseTimestamp } from './timestamp.ts';

/** What to read of a table. */
export interface SeriesTableOptions extends TimeOptions {
  /** Names of the columns to read, in this order. @defaultValue all but the times */
  readonly columns?: readonly string[];
  /** Missing rows are refused, or added with missing values (NaN). @defaultValue 'refuse' */
  readonly gaps?: 'refuse' | 'fill';
  /** Keep only so many rows, the last ones: what a forecast reads of a file of any size. @defaultValue all */
  readonly lastRows?: number;
}

/** Where the parts of a row are, known once the first row of values has come. */
interface Layout {
  readonly names: readonly string[];
  readonly variates: readonly number[];
  readonly readTime?: (cells: readonly string[], row: number) => number;
  /** The time, if there is one, then the values. */
  readonly buffer: RowBuffer;
}

/** A series that is read row by row, from cells of text. The first row names the columns, unless all of it is numbers and times. */
export class SeriesTable {
  readonly #options: SeriesTableOptions;
  readonly #hasDecimalComma: boolean;
  #names: readonly string[] | undefined;
  #layout: Layout | undefined;
  #rows = 0;

  constructor(options: SeriesTableOptions, hasDecimalComma: boolean) {
    this.#options = options;
    this.#hasDecimalComma = hasDecimalComma;
  }

  /** @throws {DataError} FORMAT for a wrong number of cells or a repeated name; BAD_INPUT naming row and column. */
  push(cells: readonly string[]): void {
    if (!this.#names) {
      const isHeader = !cells.every((cell) => this.#isValue(cell));
      this.#names = isHeader ? uniqueNames(cells) : cells.map((_, index) => String(index + 1));
      if (isHeader) return;
    }
    this.#rows += 1;
    if (cells.length !== this.#names.length) {
      throw new DataError(
        `series: rows must have ${this.#names.length} cells as the header has, row ${this.#rows} has ${cells.length}. ` +
          'Correct the row.',
        'FORMAT',
      );
    }
    this.#layout ??= layoutOf(this.#names, cells, this.#options);
    this.#read(this.#layout, cells);
  }

  /** @throws {DataError} TOO_SHORT without rows, or with one whose frequency is needed; FREQ for times without one step. */
  finish(): Series {
    if (!this.#layout) {
      throw new DataError(
        'series: a header and two rows of values at least must be there, no row of values was found. Add data.',
        'TOO_SHORT',
      );
    }
    const { names, variates: columns, readTime, buffer } = this.#layout;
    const variates = columns.map((column) => names[column]);
    const numbers = buffer.toArray();
    if (!readTime) return { values: numbers, variates };
    const width = 1 + variates.length;
    const timestamps = new Float64Array(numbers.length / width).map(
      (_, row) => numbers[row * width],
    );
    const values = numbers.filter((_, index) => index % width !== 0);
    return this.#options.gaps === 'fill'
      ? fillGaps({ values, variates, timestamps })
      : { values, variates, timestamps, frequency: inferFrequency(timestamps) };
  }

  #isValue(cell: string): boolean {
    const number = parseNumberCell(cell, this.#hasDecimalComma);
    return (number !== undefined && !Number.isNaN(number)) || parseTimestamp(cell) !== undefined;
  }

  #read({ names, variates, readTime, buffer }: Layout, cells: readonly string[]): void {
    const row = variates.map((column) => {
      const value = parseNumberCell(cells[column], this.#hasDecimalComma);
      if (value === undefined) {
        throw new DataError(
          `series: row ${this.#rows}, column "${names[column]}": must be a number, got "${cells[column]}". ` +
            'Correct the cell, leave it empty if nothing was observed, or choose other columns (columns: [...]).',
          'BAD_INPUT',
        );
      }
      return value;
    });
    buffer.push(readTime ? [readTime(cells, this.#rows), ...row] : row);
  }
}

function layoutOf(
  names: readonly string[],
  firstRow: readonly string[],
  options: SeriesTableOptions,
): Layout {
  const times = findTimeColumns(names, firstRow, options);
  const variates =
    options.columns?.map((name) => columnOf(names, name)) ??
    [...names.keys()].filter((column) => !times.includes(column));
  if (variates.length === 0) {
    throw new DataError(
      'series: a column of values must be there besides the times, none was found. Add one, or read without times (time: false).',
      'FORMAT',
    );
  }
  const width = variates.length + Math.min(1, times.length);
  const buffer = new RowBuffer(width, options.lastRows ?? Infinity);
  return times.length === 0
    ? { names, variates, buffer }
    : { names, variates, buffer, readTime: timeReader(names, times, options.dateOrder) };
}

function uniqueNames(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim());
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new DataError(
      `series: columns must have different names, "${repeated}" comes twice. Rename one.`,
      'FORMAT',
    );
  }
  return names;
}
