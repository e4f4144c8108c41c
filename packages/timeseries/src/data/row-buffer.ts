import { DataError } from '@nextx/core';

/** Numbers that a table may hold at most: 1 GiB of them. */
const maxNumbers = 2 ** 27;

/** Rows of numbers that arrive one by one: all of them, or in constant memory the last few. */
export class RowBuffer {
  readonly #columns: number;
  readonly #lastRows: number;
  #numbers: Float64Array;
  #length = 0;

  /** @param lastRows  How many to keep; Infinity for all. */
  constructor(columns: number, lastRows: number) {
    this.#columns = columns;
    this.#lastRows = lastRows;
    this.#numbers = new Float64Array(1024 * columns);
  }

  /** @throws {DataError} LIMIT beyond 2^27 numbers. */
  push(row: ArrayLike<number>): void {
    if (this.#length === this.#numbers.length) this.#makeRoom();
    this.#numbers.set(row, this.#length);
    this.#length += this.#columns;
  }

  /** `[rows, columns]`, a copy. */
  toArray(): Float64Array {
    const kept = Math.min(this.#length, this.#lastRows * this.#columns);
    return this.#numbers.slice(this.#length - kept, this.#length);
  }

  #makeRoom(): void {
    const kept = this.#lastRows * this.#columns;
    if (2 * kept <= this.#length) {
      this.#numbers.copyWithin(0, this.#length - kept, this.#length);
      this.#length = kept;
      return;
    }
    if (this.#length >= maxNumbers) {
      throw new DataError(
        `series: a table must have at most ${maxNumbers} numbers, this one has more. ` +
          'Choose fewer columns, or the last rows (lastRows) that a forecast reads.',
        'LIMIT',
      );
    }
    const larger = new Float64Array(2 * this.#length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
