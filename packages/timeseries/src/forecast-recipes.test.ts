import '@tensorflow/tfjs';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyForecaster, tinyRecipes } from './conformance/tiny-recipes.test-support.ts';
import { forecast, forecastAll } from './forecast.ts';
import { continueTimestamps } from './frequency.ts';
import type { Forecaster } from './recipes/forecast-recipe.ts';
import type { Series } from './series.ts';

const weekly = { count: 1, unit: 'week' as const };

/** Weeks of two variates, of which the calendar says two numbers. */
function weeks(rows: number, value: (row: number, variate: number) => number): Series {
  const timestamps = new Float64Array(rows);
  timestamps.set(continueTimestamps(Float64Array.of(0), weekly, rows - 1), 1);
  const values = Float64Array.from({ length: 2 * rows }, (_, index) =>
    value(index >> 1, index % 2),
  );
  return { values, variates: ['a', 'b'], timestamps, frequency: weekly };
}
const wave = (row: number, variate: number) => Math.sin(0.7 * row) + Math.cos(0.31 * row + variate);
const options = { horizon: 6, levels: [80, 95] };

beforeAll(() => setBackend('cpu'));

describe.each(Object.keys(tinyRecipes))('forecast by %s', (name) => {
  let model: Forecaster;
  beforeAll(async () => {
    const { bind, params } = await tinyForecaster(name, 1n);
    model = bind(params);
  });

  it('gives values, times and nested intervals, and keeps no tensor', async () => {
    const before = memory().numTensors;
    const { values, timestamps, intervals } = await forecast(weeks(30, wave), {
      ...options,
      model,
    });

    expect([values.length, timestamps?.length]).toEqual([12, 6]);
    const [narrow, wide] = intervals;
    narrow.lower.forEach((lower, index) => {
      expect(wide.lower[index]).toBeLessThanOrEqual(lower);
      expect(wide.upper[index]).toBeGreaterThanOrEqual(narrow.upper[index]);
    });
    expect(memory().numTensors).toBe(before);
  });

  it('gives in other units the same forecast, also of sizes that float32 does not hold', async () => {
    const series = weeks(12, wave);
    const huge = { ...series, values: series.values.map((value) => 5e44 + 1e45 * value) };

    const [plain, scaled] = await forecastAll([series, huge], { horizon: 6, model });

    scaled.values.forEach((value, index) => {
      expect(Math.abs((value - 5e44) / 1e45 - plain.values[index])).toBeLessThan(1e-3);
    });
  });

  it('continues what is constant', async () => {
    const constant = weeks(30, (_, variate) => 7 + variate);

    const { values, intervals } = await forecast(constant, { ...options, model });

    for (const all of [values, intervals[1].lower, intervals[1].upper]) {
      expect([...all]).toEqual([7, 8, 7, 8, 7, 8, 7, 8, 7, 8, 7, 8]);
    }
  });
});
