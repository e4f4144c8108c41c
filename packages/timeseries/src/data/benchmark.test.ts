import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import { readSeriesCsv } from '../node/read-series.ts';
import { type Benchmark, benchmark } from './benchmark.ts';
import { type RowRange, ettSplit, reachBack } from './splits.ts';
import { gatherWindows, windowStarts } from './windows.ts';

const ett = join(dataFolder(fileURLToPath(new URL('../../../../', import.meta.url))), 'ett');

/** Values that the data set states, measured in float64 by another program. */
interface Reference {
  readonly scaler: Record<string, Record<'train_mean' | 'train_std_population', number[]>>;
  readonly windows: Record<string, Record<'train' | 'val' | 'test', number>>;
  readonly samples: {
    readonly windows: Record<string, Record<string, number[]>>;
    readonly time_features_hourly: Record<'row_0' | 'row_11520' | 'row_14399', number[]>;
  };
}

describe.skipIf(!existsSync(ett))(`benchmark on ${ett}`, async () => {
  const reference: Reference = existsSync(ett)
    ? JSON.parse(readFileSync(join(ett, 'reference_baselines.json'), 'utf8'))
    : { scaler: {}, windows: {}, samples: {} };
  const open = async (set: string) =>
    benchmark(await readSeriesCsv(join(ett, `${set}.csv`)), ettSplit());

  it.each(['ETTh1', 'ETTh2'])(
    'standardizes %s by the constants of its training rows',
    async (set) => {
      const { standardization } = await open(set);

      const { train_mean, train_std_population } = reference.scaler[set];
      train_mean.forEach((mean, variate) => {
        expect(standardization.mean[variate]).toBeCloseTo(mean, 8);
        expect(standardization.deviation[variate]).toBeCloseTo(train_std_population[variate], 8);
      });
    },
  );

  it.each(Object.entries(reference.windows))('has the windows of %s', (name, counts) => {
    const [lookBack, horizon] = (name.match(/\d+/g) ?? []).map(Number);
    const { train, validation, test } = ettSplit();
    const count = (rows: RowRange) => {
      const { start, end } = windowStarts(rows, { lookBack, horizon });
      return end - start;
    };

    expect(count(train)).toBe(counts.train);
    expect(count(reachBack(validation, lookBack))).toBe(counts.val);
    expect(count(reachBack(test, lookBack))).toBe(counts.test);
  });

  it.each(Object.entries(reference.samples.windows))(
    'has the rows stated for %s',
    async (name, rows) => {
      const [, set, look, ahead] = /(\w+) look (\d+) horizon (\d+)/.exec(name) ?? [];
      const [lookBack, horizon] = [Number(look), Number(ahead)];
      const { values, split } = await open(set);
      const firstRow = (range: RowRange, step: number) =>
        rowOf({ values }, windowStarts(range, { lookBack, horizon }).start, step);
      const test = windowStarts(reachBack(split.test, lookBack), { lookBack, horizon });
      const validation = reachBack(split.validation, lookBack);

      const found = {
        test_window_0_x_first_row: firstRow(reachBack(split.test, lookBack), 0),
        test_window_0_y_first_row: firstRow(reachBack(split.test, lookBack), lookBack),
        test_last_window_y_last_row: rowOf({ values }, test.end - 1, lookBack + horizon - 1),
        val_window_0_y_first_row: firstRow(validation, lookBack),
        train_window_0_x_first_row: firstRow(split.train, 0),
      };
      expect(rounded(found)).toEqual(rows);
    },
  );

  it('describes the times as the official loader does', async () => {
    const { marks } = await open('ETTh1');
    const row = (index: number) => [...(marks?.values.slice(4 * index, 4 * index + 4) ?? [])];

    const { row_0, row_11520, row_14399 } = reference.samples.time_features_hourly;
    expect(rounded({ row_0: row(0), row_11520: row(11_520), row_14399: row(14_399) })).toEqual({
      row_0,
      row_11520,
      row_14399,
    });
  });
});

function rowOf({ values }: Pick<Benchmark, 'values'>, start: number, step: number): number[] {
  return [...gatherWindows(values, [start + step], 1)];
}

/** To the six digits that the reference prints. */
function rounded(rows: Record<string, number[]>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, row.map((value) => Number(value.toFixed(6)))]),
  );
}
