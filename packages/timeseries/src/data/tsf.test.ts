import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import { readTsf } from '../node/read-series.ts';
import { parseTsf } from './tsf.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const m1 = join(dataFolder(root), 'timeseries', 'classic', 'm1_yearly_dataset.tsf');
const header = [
  '# text',
  '@relation toy',
  '@attribute series_name string',
  '@attribute start_timestamp date',
  '@frequency half_hourly',
  '@horizon 6',
  '@data',
];

describe.skipIf(!existsSync(m1))(`parseTsf on ${m1}`, () => {
  it('reads 181 yearly series to forecast 6 steps of', async () => {
    const { series, horizon } = await readTsf(m1);

    expect([series.length, horizon]).toEqual([181, 6]);
    expect(series[0].variates).toEqual(['T1']);
    expect([...series[0].values.subarray(0, 3)]).toEqual([3600, 7700, 12_300]);
    expect(new Date(series[0].timestamps?.[1] ?? 0).toISOString()).toBe('1973-01-01T00:00:00.000Z');
    expect(series[0].frequency).toEqual({ count: 1, unit: 'year' });
  });
});

describe('parseTsf', () => {
  it('keeps missing values and dates the steps', () => {
    const { series } = parseTsf([...header, 'T1:2012-01-01 00-00-00:1,?,3'].join('\r\n'));

    expect([...series[0].values]).toEqual([1, NaN, 3]);
    expect((series[0].timestamps?.[2] ?? 0) - Date.UTC(2012, 0, 1)).toBe(3_600_000);
  });

  it.each([
    ['no data line', 'a,b\n1,2', 'FORMAT', '@data'],
    ['no series', header.join('\n'), 'TOO_SHORT', 'none'],
    ['a missing attribute', [...header, 'T1:1,2'].join('\n'), 'FORMAT', 'series 1'],
    [
      'a word',
      [...header, 'T1:2012-01-01 00-00-00:1,x'].join('\n'),
      'BAD_INPUT',
      'value 2 of series "T1"',
    ],
    ['a start that is no time', [...header, 'T1:soon:1,2'].join('\n'), 'BAD_INPUT', 'soon'],
    ['an unknown frequency', '@frequency often\n@data\n1,2', 'FREQ', 'often'],
  ])('refuses %s', (_, text, code, message) => {
    expect(() => parseTsf(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('reads counted frequencies and series without attributes', () => {
    const { series } = parseTsf('@frequency 10_minutes\n@data\n1,2\n3');

    expect(series.map(({ variates, values }) => [...variates, ...values])).toEqual([
      ['1', 1, 2],
      ['2', 3],
    ]);
  });
});
