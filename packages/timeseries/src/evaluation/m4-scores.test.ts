import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import { naive, seasonalNaive } from '../baselines/naive.ts';
import { readM4Csv } from '../node/read-series.ts';
import { m4Sets } from './m4-published.ts';
import { m4Scores } from './m4-scores.ts';

const m4 = join(
  dataFolder(fileURLToPath(new URL('../../../../', import.meta.url))),
  'timeseries/m4',
);

describe.skipIf(!existsSync(m4))(`m4Scores on ${m4}`, () => {
  it.each([
    ['Hourly', 'naive', naive],
    ['Hourly', 'seasonal naive', seasonalNaive(24)],
    ['Weekly', 'naive', naive],
  ] as const)('has on %s the published scores of %s', async (name, method, model) => {
    const { published, ...sizes } = m4Sets[name];
    const read = (part: string) => readM4Csv(join(m4, `${name}-${part}.csv.gz`));
    const actuals = (await read('test')).map(({ values }) => values);
    const set = { ...sizes, histories: await read('train'), actuals };

    const scores = await m4Scores(set, { method, model });

    const stated = published.find((row) => row.method === method);
    expect(scores.smape).toBeCloseTo(stated?.smape ?? NaN, 3);
    expect(scores.mase).toBeCloseTo(stated?.mase ?? NaN, 3);
    expect(Math.abs(scores.owa - (stated?.owa ?? NaN))).toBeLessThan(0.001);
  });
});
