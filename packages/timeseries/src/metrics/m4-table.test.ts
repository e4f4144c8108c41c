import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import type { Baseline } from '../baselines/baseline.ts';
import { naive, seasonalNaive } from '../baselines/naive.ts';
import { naive2 } from '../baselines/naive2.ts';
import { forecastAll } from '../forecast.ts';
import { readM4Csv } from '../node/read-series.ts';
import { type CollectionScores, collectionScores, owa } from './collection-scores.ts';
import { intervalCoverage, msis } from './interval-score.ts';
import { seasonalScale } from './mase.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const m4 = join(dataFolder(root), 'timeseries', 'm4');

describe.skipIf(!existsSync(m4))(`the table of M4's organizers, on ${m4}`, () => {
  it('is reproduced on Hourly', async () => {
    const set = await openSet('Hourly', 24);
    const reference = scores(set, naive2(24));
    const average = (baseline: Baseline) => owa(scores(set, baseline), reference);

    expect(rounded(reference)).toEqual([18.383, 2.395]);
    expect(rounded(scores(set, naive))).toEqual([43.003, 11.608]);
    expect(rounded(scores(set, seasonalNaive(24)))).toEqual([13.912, 1.193]);
    // The table's last digit is of its own rounding: of its printed scores 0.62745 follows, of ours 0.62750.
    expect(Math.abs(average(naive) - 3.593)).toBeLessThan(0.001);
    expect(Math.abs(average(seasonalNaive(24)) - 0.627)).toBeLessThan(0.001);
  });

  it('is reproduced on Weekly, where all three repeat the last value', async () => {
    const set = await openSet('Weekly', 1);

    for (const baseline of [naive, seasonalNaive(1), naive2(1)]) {
      expect(rounded(scores(set, baseline))).toEqual([9.161, 2.777]);
    }
  });

  it.each([
    ['Hourly', 24, 71.245],
    ['Weekly', 1, 26.358],
  ] as const)('has the scores of naive intervals on %s', async (name, season, stated) => {
    const { histories, actuals } = await openSet(name, season);

    const all = histories.map((history, index) =>
      msis(actuals[index], normalIntervals(history, actuals[index].length), {
        coverage: 0.95,
        scale: seasonalScale(history, season),
      }),
    );

    expect(all.reduce((sum, score) => sum + score / all.length, 0)).toBeCloseTo(stated, 3);
  });

  it.each([
    ['Hourly', 24],
    ['Weekly', 1],
  ] as const)(
    'holds intervals of 95 percent from past errors to their word on %s',
    async (name, season) => {
      const { histories, actuals } = await openSet(name, season);
      const series = histories.map((values) => ({ values, variates: ['a'] }));
      const model = seasonalNaive(season);

      const horizon = actuals[0].length;
      const forecasts = await forecastAll(series, { horizon, levels: [95], model });

      const shares = forecasts.map(({ intervals }, index) =>
        intervalCoverage(actuals[index], intervals[0]),
      );
      const share = shares.reduce((sum, one) => sum + one / shares.length, 0);
      expect(Math.abs(share - 0.95)).toBeLessThan(0.015);
    },
  );
});

interface M4Set {
  readonly histories: readonly Float64Array[];
  readonly actuals: readonly Float64Array[];
  readonly season: number;
}

async function openSet(name: string, season: number): Promise<M4Set> {
  const read = async (part: string) =>
    (await readM4Csv(join(m4, `${name}-${part}.csv.gz`))).map(({ values }) => values);
  return { histories: await read('train'), actuals: await read('test'), season };
}

function scores({ histories, actuals, season }: M4Set, baseline: Baseline): CollectionScores {
  const series = histories.map((history, index) => {
    const actual = actuals[index];
    const forecast = baseline.fit(history).predict(history, actual.length);
    return { history, actual, forecast };
  });
  return collectionScores(series, season);
}

function rounded(all: CollectionScores): number[] {
  return [all.smape, all.mase].map((score) => Number(score.toFixed(3)));
}

/** The organizers' intervals of the naive forecast: those of a random walk with normal steps. */
function normalIntervals(history: Float64Array, horizon: number) {
  const last = history[history.length - 1];
  const squares = history.subarray(1).reduce((sum, x, row) => sum + (x - history[row]) ** 2, 0);
  const deviation = Math.sqrt(squares / (history.length - 1));
  const reach = Array.from(
    { length: horizon },
    (_, step) => 1.959964 * deviation * Math.sqrt(step + 1),
  );
  return { lower: reach.map((one) => last - one), upper: reach.map((one) => last + one) };
}
