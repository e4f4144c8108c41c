import { describe, expect, it } from 'vitest';
import { parseM4Csv } from './m4.ts';

describe('parseM4Csv', () => {
  it('reads a series a row and leaves the padding out', async () => {
    const series = await parseM4Csv('"V1","V2","V3"\n"H1","5","6"\n"H2","7",\n');

    expect(series.map(({ variates, values }) => [variates, [...values]])).toEqual([
      [['H1'], [5, 6]],
      [['H2'], [7]],
    ]);
  });

  it('names the series and the value that is none', async () => {
    await expect(parseM4Csv('V1,V2,V3\nH1,,6')).rejects.toThrow(/value 1 of series "H1"/);
    await expect(parseM4Csv('V1,V2\n')).rejects.toMatchObject({ code: 'TOO_SHORT' });
  });
});
