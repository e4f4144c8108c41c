import { openFile } from '@nextx/core/node';
import { parseM4Csv } from '../data/m4.ts';
import { parseSeriesCsv } from '../data/series-csv.ts';
import { parseSeriesParquet } from '../data/series-parquet.ts';
import type { SeriesTableOptions } from '../data/series-table.ts';
import { type TsfCollection, parseTsf } from '../data/tsf.ts';
import type { Series } from '../series.ts';
import { type ReadingOptions, textChunks } from './text-chunks.ts';

/**
 * A series from a file: Parquet where its name ends in `.parquet`, else CSV.
 *
 * @param reading  Of CSV; Parquet is read at once.
 * @throws what `readSeriesCsv` and `parseSeriesParquet` throw.
 */
export async function readSeries(
  path: string,
  options: SeriesTableOptions = {},
  reading: ReadingOptions = {},
): Promise<Series> {
  if (!path.endsWith('.parquet')) return readSeriesCsv(path, options, reading);
  const source = await openFile(path);
  try {
    return await parseSeriesParquet(source, options);
  } finally {
    await source.close?.();
  }
}

/**
 * A series from a CSV file, which may be compressed (`.gz`); it is read in pieces, so that a file of any size needs the memory
 * of the rows that are kept.
 *
 * @throws what `textChunks` and `parseSeriesCsv` throw.
 */
export async function readSeriesCsv(
  path: string,
  options: SeriesTableOptions = {},
  reading: ReadingOptions = {},
): Promise<Series> {
  return parseSeriesCsv(textChunks(path, reading), options);
}

/** The series of a file of the M4 competition. @throws what `textChunks` and `parseM4Csv` throw. */
export async function readM4Csv(path: string): Promise<Series[]> {
  return parseM4Csv(textChunks(path));
}

/** The series of a `.tsf` file of the Monash archive. @throws what `textChunks` and `parseTsf` throw. */
export async function readTsf(path: string): Promise<TsfCollection> {
  let text = '';
  for await (const chunk of textChunks(path)) text += chunk;
  return parseTsf(text);
}
