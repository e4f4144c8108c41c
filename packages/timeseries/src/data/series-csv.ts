import type { Series } from '../series.ts';
import { type TextChunks, csvRows } from './csv-rows.ts';
import { SeriesTable, type SeriesTableOptions } from './series-table.ts';

/**
 * A series from a CSV text, whole or in pieces: a header, then a row for each time. Comma, semicolon and tab are told apart by
 * the header; with the latter two a comma in a number is decimal. Empty cells and `NA` are kept as NaN. Memory is that of the
 * rows that are kept.
 *
 * @throws {DataError} TOO_SHORT if there are no rows, or one and its frequency is needed; FORMAT for rows of another length,
 * duplicate columns and open quotes; BAD_INPUT, naming row and column, for what is not a number, and for times that cannot be
 * read or do not ascend; FREQ for times without one step; LIMIT for more than 2^27 numbers.
 */
export async function parseSeriesCsv(
  text: TextChunks,
  options: SeriesTableOptions = {},
): Promise<Series> {
  let table: SeriesTable | undefined;
  for await (const { rows, delimiter } of csvRows(text)) {
    table ??= new SeriesTable(options, delimiter !== ',');
    for (const row of rows) table.push(row);
  }
  return (table ?? new SeriesTable(options, false)).finish();
}
