import { bytesSource } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { parseSeriesCsv } from './series-csv.ts';
import { parseSeriesParquet, seriesParquet } from './series-parquet.ts';

describe('seriesParquet', () => {
  it.each([
    'time,a,b\n2016-07-01 00:00,0.1,2\n2016-07-01 00:15,,-4e-7\n2016-07-01 00:30,1e300,3\n',
    'a,__proto__\n1,2\n3,4\n',
  ])('is read back as it was, missing values too: %j', async (text) => {
    const series = await parseSeriesCsv(text);

    expect(await parseSeriesParquet(bytesSource(seriesParquet(series)))).toEqual(series);
  });
});

describe('parseSeriesParquet', () => {
  it.each([new Uint8Array(0), new Uint8Array(100), new TextEncoder().encode('PAR1 no more PAR1')])(
    'refuses bytes of another kind',
    async (bytes) => {
      await expect(parseSeriesParquet(bytesSource(bytes))).rejects.toMatchObject({
        code: 'FORMAT',
      });
    },
  );

  it('chooses columns and rows as from CSV', async () => {
    const bytes = seriesParquet({ values: Float64Array.of(1, 2, 3, 4), variates: ['a', 'b'] });

    const series = await parseSeriesParquet(bytesSource(bytes), { columns: ['b'], lastRows: 1 });

    expect(series).toEqual({ values: Float64Array.of(4), variates: ['b'] });
  });
});
