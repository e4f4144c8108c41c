import { parseSeriesCsv } from '../data/series-csv.ts';
import type { SeriesTableOptions } from '../data/series-table.ts';
import type { Series } from '../series.ts';
import { textChunks } from './text-chunks.ts';

/**
 * A series from a CSV file, which may be compressed (`.gz`); it is read in pieces, so that a file of any size needs the memory
 * of the rows that are kept.
 *
 * @throws what `textChunks` and `parseSeriesCsv` throw.
 */
export async function readSeriesCsv(
  path: string,
  options: SeriesTableOptions = {},
): Promise<Series> {
  return parseSeriesCsv(textChunks(path), options);
}
