import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seriesParquet } from '../data/series-parquet.ts';
import { readSeries, readSeriesCsv } from './read-series.ts';

const text = 'a,b\n1,2\n3,4\n';

describe('readSeriesCsv', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nextx-series-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = async (name: string, bytes: string | Uint8Array) => {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };

  it.each([
    ['plain.csv', text],
    ['packed.csv.gz', gzipSync(text)],
    ['utf-16.csv', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])],
  ])('reads %s', async (name, bytes) => {
    const series = await readSeriesCsv(await write(name, bytes));

    expect(series).toEqual({ values: Float64Array.of(1, 2, 3, 4), variates: ['a', 'b'] });
  });

  it('reads Parquet by its name', async () => {
    const series = await readSeriesCsv(await write('plain.csv', text));

    expect(await readSeries(await write('table.parquet', seriesParquet(series)))).toEqual(series);
  });

  it('refuses a file that is not there, a folder, and bytes that are no text', async () => {
    const packed = gzipSync(text);

    await expect(readSeriesCsv(join(folder, 'no.csv'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(readSeriesCsv(folder)).rejects.toMatchObject({ code: 'IO' });
    for (const file of [
      await write('binary.csv', Uint8Array.of(0x61, 0x2c, 0xff, 0xc0)),
      await write('cut.csv.gz', packed.subarray(0, packed.length - 12)),
      await write('not.csv.gz', text),
    ]) {
      await expect(readSeriesCsv(file)).rejects.toMatchObject({ code: 'FORMAT' });
    }
  });
});
