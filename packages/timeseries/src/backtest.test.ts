import { describe, expect, it } from 'vitest';
import { backtest, crpsLevels } from './backtest.ts';
import { naive, seasonalNaive } from './baselines/naive.ts';
import { forecast } from './forecast.ts';
import type { Series } from './series.ts';

const ramp: Series = {
  values: Float64Array.from({ length: 40 }, (_, row) => row),
  variates: ['a'],
};
const repeat =
  (horizon: number, levels: number[] = []) =>
  (past: Series) =>
    forecast(past, { horizon, model: naive, levels });

describe('backtest', () => {
  it('starts every forecast from the rows before it alone, the last one ending with the series', async () => {
    const lengths: number[] = [];

    await backtest(ramp, { horizon: 3, origins: 4, stride: 2 }, (past) => {
      lengths.push(past.values.length);
      return forecast(past, { horizon: 3, model: naive });
    });

    expect(lengths).toEqual([31, 33, 35, 37]);
  });

  it('measures each step ahead and all together', async () => {
    const report = await backtest(ramp, { horizon: 3, origins: 5 }, repeat(3));

    // Repeating the last value of a ramp errs by the step ahead; one step is what the naive errs in sample.
    expect(report.steps.map(({ mae }) => mae)).toEqual([1, 2, 3]);
    expect(report.steps.map(({ mse }) => mse)).toEqual([1, 4, 9]);
    expect([report.mae, report.mse, report.mase, report.crps]).toEqual([2, 14 / 3, 2, undefined]);
    expect([report.origins, report.levels, report.coverage]).toEqual([5, [], []]);
  });

  it('measures intervals', async () => {
    // Past errors of step 1 are always 1, so that the interval is the point 1 above the forecast, and right.
    const report = await backtest(ramp, { horizon: 1, origins: 5 }, repeat(1, [80]));

    expect([report.levels, report.coverage]).toEqual([[80], [1]]);
  });

  it('scores the distribution by even quantiles, whatever other intervals there are', async () => {
    const horizon = 1;
    const [alone, beside] = await Promise.all(
      [crpsLevels, [...crpsLevels, 95, 99]].map((levels) =>
        backtest(ramp, { horizon, origins: 5 }, repeat(horizon, [...levels])),
      ),
    );

    // All past errors are 1, so that every bound is right; only the median, 1 below, loses 2 * 0.5 * 1.
    expect(alone.crps).toBeCloseTo(1 / 19, 12);
    expect(beside.crps).toBe(alone.crps);
  });

  it('leaves the MASE out where the past repeats itself', async () => {
    const periodic: Series = { values: ramp.values.map((row) => row % 2), variates: ['a'] };
    const report = await backtest(periodic, { horizon: 2, season: 2 }, (past) =>
      forecast(past, { horizon: 2, model: seasonalNaive(2) }),
    );

    expect([report.mae, report.mase]).toEqual([0, undefined]);
  });

  it('averages over variates', async () => {
    const two: Series = {
      values: ramp.values.map((row, index) => (index % 2 ? 10 * row : 0)),
      variates: ['a', 'b'],
    };

    const { mae } = await backtest(two, { horizon: 1, origins: 3 }, repeat(1));

    expect(mae).toBeCloseTo((0 + 20) / 2, 12);
  });

  it.each([
    [{ horizon: 0 }, 'ARG', 'horizon'],
    [{ horizon: 1, origins: 0.5 }, 'ARG', 'origins'],
    [{ horizon: 10, origins: 5 }, 'TOO_SHORT', 'need 51 rows'],
  ])('refuses %j', async (options, code, message) => {
    await expect(backtest(ramp, options, repeat(1))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
