import { describe, expect, it } from 'vitest';
import { ettFolder, ettReference, hasEtt, openEtt } from '../ett.test-support.ts';
import type { Benchmark } from './benchmark.ts';
import { type RowRange, ettSplit, reachBack } from './splits.ts';
import { gatherWindows, windowStarts } from './windows.ts';

describe.skipIf(!hasEtt)(`benchmark on ${ettFolder}`, () => {
  it.each(['ETTh1', 'ETTh2'] as const)(
    'standardizes %s by the constants of its training rows',
    async (set) => {
      const { standardization } = await openEtt(set);

      const { train_mean, train_std_population } = ettReference.scaler[set];
      train_mean.forEach((mean, variate) => {
        expect(standardization.mean[variate]).toBeCloseTo(mean, 8);
        expect(standardization.deviation[variate]).toBeCloseTo(train_std_population[variate], 8);
      });
    },
  );

  it.each(Object.entries(ettReference.windows))('has the windows of %s', (name, counts) => {
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

  it.each(Object.entries(ettReference.samples.windows))(
    'has the rows stated for %s',
    async (name, rows) => {
      const [, set, look, ahead] = /(\w+) look (\d+) horizon (\d+)/.exec(name) ?? [];
      const [lookBack, horizon] = [Number(look), Number(ahead)];
      const { values, split } = await openEtt(set === 'ETTh1' ? 'ETTh1' : 'ETTh2');
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
    const { marks } = await openEtt('ETTh1');
    const row = (index: number) => [...(marks?.values.slice(4 * index, 4 * index + 4) ?? [])];

    const { row_0, row_11520, row_14399 } = ettReference.samples.time_features_hourly;
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
