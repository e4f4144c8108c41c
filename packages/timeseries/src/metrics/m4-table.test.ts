import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import type { Baseline } from '../baselines/baseline.ts';
import { naive, seasonalNaive } from '../baselines/naive.ts';
import { naive2 } from '../baselines/naive2.ts';
import { readM4Csv } from '../node/read-series.ts';
import { collectionScores, owa } from './collection-scores.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const m4 = join(dataFolder(root), 'timeseries', 'm4');

describe.skipIf(!existsSync(m4))(`the table of M4's organizers, on ${m4}`, () => {
  it('is reproduced on Hourly', async () => {
    const score = await openSet('Hourly', 24);
    const reference = score(naive2(24));
    const average = (baseline: Baseline) => owa(score(baseline), reference);

    expect(rounded(reference)).toEqual([18.383, 2.395]);
    expect(rounded(score(naive))).toEqual([43.003, 11.608]);
    expect(rounded(score(seasonalNaive(24)))).toEqual([13.912, 1.193]);
    // The table's last digit is of its own rounding: of its printed scores 0.62745 follows, of ours 0.62750.
    expect(Math.abs(average(naive) - 3.593)).toBeLessThan(0.001);
    expect(Math.abs(average(seasonalNaive(24)) - 0.627)).toBeLessThan(0.001);
  });

  it('is reproduced on Weekly, where all three repeat the last value', async () => {
    const score = await openSet('Weekly', 1);

    for (const baseline of [naive, seasonalNaive(1), naive2(1)]) {
      expect(rounded(score(baseline))).toEqual([9.161, 2.777]);
    }
  });
});

async function openSet(name: string, season: number) {
  const [train, test] = await Promise.all(
    ['train', 'test'].map((part) => readM4Csv(join(m4, `${name}-${part}.csv.gz`))),
  );
  return (baseline: Baseline) =>
    collectionScores(
      train.map(({ values: history }, index) => {
        const actual = test[index].values;
        const forecast = baseline.fit(history).predict(history, actual.length);
        return { history, actual, forecast };
      }),
      season,
    );
}

function rounded(scores: ReturnType<typeof collectionScores>): number[] {
  return [scores.smape, scores.mase].map((score) => Number(score.toFixed(3)));
}
