import { type ByteSource, DataError, NextxError } from '@nextx/core';
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Series, seriesLength } from '../series.ts';
import { SeriesTable, type SeriesTableOptions } from './series-table.ts';

/**
 * A series from a Parquet file, by the same rules as from CSV: numbers, a column of times if there is one, null where nothing
 * was observed. Row groups are read one after the other.
 *
 * @throws {DataError} FORMAT if it is no Parquet file or has nested or compressed columns of other kinds than Snappy's; and what
 * `parseSeriesCsv` throws.
 */
export async function parseSeriesParquet(
  source: ByteSource,
  options: SeriesTableOptions = {},
): Promise<Series> {
  const file = {
    byteLength: source.size,
    slice: async (begin: number, end = source.size) =>
      Uint8Array.from(await source.read(Math.max(0, begin), end)).buffer,
  };
  const table = new SeriesTable(options, false);
  try {
    const metadata = await parquetMetadataAsync(file);
    table.push(parquetSchema(metadata).children.map(({ element }) => element.name));
    let rowStart = 0;
    for (const { num_rows: count } of metadata.row_groups) {
      const rowEnd = rowStart + Number(count);
      const onComplete = (rows: unknown[][]) => {
        for (const row of rows) table.push(row.map(cellText));
      };
      await parquetRead({ file, metadata, rowStart, rowEnd, onComplete });
      rowStart = rowEnd;
    }
  } catch (cause) {
    if (cause instanceof NextxError) throw cause;
    throw new DataError(
      `${source.name}: must be a whole Parquet file of plain columns, got: ${String(cause)}. ` +
        'Write it again, or convert it to CSV.',
      'FORMAT',
      cause,
    );
  }
  return table.finish();
}

/** The bytes of a Parquet file that holds a series: a column `time` if it has times, then its variates, null for NaN. */
export function seriesParquet(series: Series): Uint8Array {
  const { values, variates, timestamps } = series;
  const rows = seriesLength(series);
  const columns = variates.map((name, variate) => ({
    name,
    type: 'DOUBLE' as const,
    data: Array.from({ length: rows }, (_, row) => {
      const value = values[row * variates.length + variate];
      return Number.isNaN(value) ? null : value;
    }),
  }));
  const time = timestamps && {
    name: 'time',
    type: 'TIMESTAMP' as const,
    data: Array.from(timestamps, (milliseconds) => new Date(milliseconds)),
  };
  return new Uint8Array(parquetWriteBuffer({ columnData: time ? [time, ...columns] : columns }));
}

/** As a cell of CSV has it. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? `${value}` : `a ${typeof value}`;
}
