import '@tensorflow/tfjs';
import {
  type Tensor3D,
  type Tensor4D,
  add,
  concat,
  div,
  expandDims,
  memory,
  setBackend,
  slice,
  tidy,
  tile,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { autoRegression } from './baselines/auto-regression.ts';
import { naive, seasonalNaive } from './baselines/naive.ts';
import { repeatLast } from './baselines/repeat-last.ts';
import { forecast, forecastAll } from './forecast.ts';
import type { Predictor } from './recipes/forecast-recipe.ts';
import type { Series } from './series.ts';

beforeAll(() => setBackend('cpu'));

const numbers = (...values: number[]): Series => ({
  values: Float64Array.from(values),
  variates: ['a'],
});
const wave = (length: number, period = 4): Series =>
  numbers(...Array.from({ length }, (_, row) => 10 + 3 * Math.sin((2 * Math.PI * row) / period)));
const monthly = (...texts: string[]): Series => ({
  values: Float64Array.from(texts.keys()),
  variates: ['a'],
  timestamps: Float64Array.from(texts, (text) => Date.parse(text)),
  frequency: { count: 1, unit: 'month', isMonthEnd: true },
});
/** The last value, and with it standardized quantiles 1 below and above. */
const spread: Predictor = {
  ...repeatLast(2),
  lookBack: 3,
  levels: [0.1, 0.5, 0.9],
  quantiles: (windows) =>
    tidy(() => {
      const middle = repeatLast(2).predict(windows);
      const levels = [-1, 0, 1].map((offset) => expandDims<Tensor4D>(add(middle, offset), 3));
      return concat(levels, 3);
    }),
};

describe('forecast', () => {
  it('continues values, times and names', async () => {
    const series = monthly('2024-01-31', '2024-02-29', '2024-03-31');

    const next = await forecast(series, { horizon: 2, model: naive });

    expect([...next.values]).toEqual([2, 2]);
    expect(
      Array.from(next.timestamps ?? [], (time) => new Date(time).toISOString().slice(0, 10)),
    ).toEqual(['2024-04-30', '2024-05-31']);
    expect([next.variates, next.frequency, next.intervals]).toEqual([['a'], series.frequency, []]);
  });

  it('repeats the season of the frequency unless a model is named', async () => {
    const timestamps = Float64Array.from({ length: 48 }, (_, hour) => hour * 3_600_000);
    const hourly: Series = { ...wave(48, 24), timestamps, frequency: { count: 1, unit: 'hour' } };

    const { values } = await forecast(hourly, { horizon: 24 });

    expect([...values]).toEqual([...hourly.values.subarray(24)]);
    expect([...(await forecast(numbers(1, 5), { horizon: 2 })).values]).toEqual([5, 5]);
  });

  it('gives intervals that hold their share of the past errors', async () => {
    // Errors of step 1 are +1 and -1 in equal numbers.
    const zigzag = numbers(...Array.from({ length: 41 }, (_, row) => row % 2));

    const { intervals } = await forecast(zigzag, { horizon: 1, model: naive, levels: [95, 80] });

    expect(intervals.map(({ level, lower, upper }) => [level, lower[0], upper[0]])).toEqual([
      [80, -1, 1],
      [95, -1, 1],
    ]);
  });

  it('forecasts every variate by itself with a baseline', async () => {
    const two: Series = { values: Float64Array.of(1, 10, 2, 20), variates: ['a', 'b'] };

    expect([...(await forecast(two, { horizon: 2, model: naive })).values]).toEqual([2, 20, 2, 20]);
  });

  it('rolls a network to any horizon', async () => {
    const { values } = await forecast(wave(9), { horizon: 7, model: repeatLast(2) });

    values.forEach((value) => {
      expect(value).toBeCloseTo(wave(9).values[8], 5);
    });
  });

  it('reads intervals off the quantiles of a network, between them linearly', async () => {
    const series = numbers(0, 10, 5);
    const deviation = Math.sqrt(50 / 3);

    const { values, intervals } = await forecast(series, {
      horizon: 3,
      model: spread,
      levels: [80, 40],
    });

    expect(values[2]).toBeCloseTo(5, 5);
    expect(intervals[1].lower[0]).toBeCloseTo(5 - deviation, 5);
    expect(intervals[1].upper[1]).toBeCloseTo(5 + deviation, 5);
    // Beyond one evaluation, of two steps, what was not known before adds to it.
    expect(intervals[1].upper[2]).toBeGreaterThan(5 + 1.2 * deviation);
    // 0.3 and 0.7 are halfway between the quantiles.
    expect(intervals[0].upper[0]).toBeCloseTo(5 + deviation / 2, 5);
  });

  it('counts the past errors of a network without quantiles', async () => {
    // A ramp: repeating the last value errs by the step ahead, whatever the origin.
    const ramp = numbers(...Array.from({ length: 60 }, (_, row) => 3 * row));

    const { intervals } = await forecast(ramp, {
      horizon: 2,
      model: { ...repeatLast(2), lookBack: 5 },
      levels: [50],
    });

    expect(intervals[0].lower[0]).toBeCloseTo(177 + 3, 3);
    expect(intervals[0].upper[1]).toBeCloseTo(177 + 6, 3);
  });

  it('gives a network the calendar of its times and the covariates that it reads', async () => {
    const seen: number[][] = [];
    const model: Predictor = {
      lookBack: 2,
      horizon: 2,
      covariates: ['holiday'],
      predict: ({ values, marks }) => {
        seen.push([...(marks?.dataSync() ?? [])]);
        return tile(slice(values, [0, 1, 0], [-1, 1, -1]), [1, 2, 1]);
      },
    };
    const series = monthly('2023-11-30', '2023-12-31', '2024-01-31');

    await forecast(series, {
      horizon: 2,
      model,
      covariates: { holiday: [1, 2, 3, 4, 5] },
      context: 2,
    });

    // December to March: month / 11 - 0.5, then the covariate.
    expect(seen[0].map((value) => Number(value.toFixed(4)))).toEqual([
      0.5, 2, -0.5, 3, -0.4091, 4, -0.3182, 5,
    ]);
  });

  it.each([
    ['7', 7],
    ['1e30', 1e30],
    ['-1e-30', -1e-30],
    ['0', 0],
  ])('continues a constant of %s by every kind of model, intervals too', async (_, value) => {
    const constant = numbers(...Array.from({ length: 20 }, () => value));
    const noisy: Predictor = {
      lookBack: 5,
      horizon: 2,
      predict: ({ values }) =>
        tidy(() => add<Tensor3D>(slice(values, [0, 0, 0], [-1, 2, -1]), 0.3)),
    };
    const models = [naive, seasonalNaive(4), autoRegression(2), noisy];

    for (const model of models) {
      const { values, intervals } = await forecast(constant, { horizon: 3, model, levels: [90] });
      for (const all of [values, intervals[0].lower, intervals[0].upper]) {
        all.forEach((next) => {
          expect(Math.abs(next - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value));
        });
      }
    }
  });

  it('takes values of 1e30 through a network', async () => {
    const huge = numbers(1e30, 3e30, 2e30, -1e30);

    const { values } = await forecast(huge, { horizon: 1, model: repeatLast(1), context: 4 });
    const window = await forecast(huge, { horizon: 1, model: { ...repeatLast(1), lookBack: 4 } });

    expect(values[0] / -1e30).toBeCloseTo(1, 6);
    expect(window.values[0] / -1e30).toBeCloseTo(1, 6);
  });

  it.each([
    [{ horizon: 0 }, 'ARG', 'horizon'],
    [{ horizon: 1, paths: 0 }, 'ARG', 'paths'],
    [{ horizon: 1, seed: -1 }, 'ARG', 'seed'],
    [{ horizon: -3 }, 'ARG', 'horizon'],
    [{ horizon: NaN }, 'ARG', 'horizon'],
    [{ horizon: 1.5 }, 'ARG', 'horizon'],
    [{ horizon: 1e9 }, 'ARG', '1000000'],
    [{ horizon: 1, levels: [100] }, 'ARG', 'levels'],
    [{ horizon: 1, level: [80] }, 'ARG', 'level'],
    [{ horizon: 1, context: 0 }, 'ARG', 'context'],
    [{ horizon: 1, context: 9 }, 'TOO_SHORT', '9 rows'],
    [{ horizon: 1, covariates: { rain: [1] } }, 'ARG', '"rain"'],
    [{ horizon: 1, model: repeatLast(1), covariates: { rain: [1] } }, 'ARG', '"rain"'],
    [{ horizon: 1, model: { ...repeatLast(1), covariates: ['rain'] } }, 'ARG', 'got none'],
    [
      { horizon: 1, model: { ...repeatLast(1), covariates: ['rain'] }, covariates: { rain: [1] } },
      'ARG',
      'got 1',
    ],
    [{ horizon: 1, model: { ...repeatLast(1), variates: 7 } }, 'SHAPE', 'reads 7 variates'],
    [{ horizon: 1, model: { ...repeatLast(1), lookBack: 96 } }, 'TOO_SHORT', 'reads 96 rows'],
    [{ horizon: 1, model: seasonalNaive(24) }, 'TOO_SHORT', '24 values'],
    [
      { horizon: 1, model: { ...repeatLast(1), lookBack: 4 }, levels: [80] },
      'TOO_SHORT',
      'intervals need 5',
    ],
  ])('refuses %j as %s', async (options, code, message) => {
    await expect(forecast(numbers(1, 2, 4, 3), options)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('refuses missing values by row and name, in what is read of the series alone', async () => {
    const gap = numbers(1, NaN, 3, 4);

    await expect(forecast(gap, { horizon: 1, model: naive })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('row 2 of "a" is NaN'),
    });
    expect([...(await forecast(gap, { horizon: 1, model: naive, context: 2 })).values]).toEqual([
      4,
    ]);
    await expect(forecast(numbers(), { horizon: 1 })).rejects.toMatchObject({ code: 'TOO_SHORT' });
  });

  it('hands missing values and short pasts on to a network that reads them', async () => {
    const seen: [number[], number[]][] = [];
    const model: Predictor = {
      ...repeatLast(2),
      lookBack: 4,
      readsMissing: true,
      predict: (windows) => {
        seen.push([windows.values.shape, [...windows.values.dataSync()]]);
        return repeatLast(2).predict(windows);
      },
    };

    const { values } = await forecast(numbers(3, NaN, 5), { horizon: 4, model });

    // Mean 4 and deviation 1 of what is known; the window grows to the look-back and then slides.
    expect(seen).toEqual([
      [
        [1, 3, 1],
        [-1, NaN, 1],
      ],
      [
        [1, 4, 1],
        [NaN, 1, 1, 1],
      ],
    ]);
    expect([...values]).toEqual([5, 5, 5, 5]);
    await expect(forecast(numbers(NaN, NaN), { horizon: 1, model })).rejects.toMatchObject({
      code: 'EMPTY',
    });
  });

  it('never gives a value that is no number', async () => {
    const broken: Predictor = {
      lookBack: 3,
      horizon: 1,
      predict: ({ values }) =>
        tidy(() => {
          const first = slice(values, [0, 0, 0], [-1, 1, -1]);
          return div<Tensor3D>(first, zerosLike(first));
        }),
    };

    await expect(forecast(numbers(0, 10, 5), { horizon: 1, model: broken })).rejects.toMatchObject({
      code: 'NUMERIC',
      message: expect.stringContaining('step 1 of "a"'),
    });
  });

  it('stops when it is told to', async () => {
    const stopped = AbortSignal.abort(new Error('enough'));

    await expect(
      forecast(wave(9), { horizon: 1, model: repeatLast(1), signal: stopped }),
    ).rejects.toThrow('enough');
  });

  it('keeps no tensor', async () => {
    const before = memory().numTensors;

    await forecast(wave(40), {
      horizon: 5,
      model: { ...repeatLast(2), lookBack: 3 },
      levels: [80],
    });
    await forecast(wave(40), { horizon: 5, model: spread, levels: [80] });

    expect(memory().numTensors).toBe(before);
  });
});

describe('forecastAll', () => {
  it('gives each of a thousand series what it has alone', async () => {
    const all = Array.from({ length: 1000 }, (_, index) => numbers(index, 2 * index, index ** 2));
    const model = { ...repeatLast(1), lookBack: 2 };

    const forecasts = await forecastAll(all, { horizon: 1, model });

    for (const index of [0, 1, 255, 256, 999]) {
      const alone = await forecast(all[index], { horizon: 1, model });
      expect(forecasts[index].values).toEqual(alone.values);
    }
  });

  it('evaluates series of one shape together, whatever lies between them', async () => {
    let calls = 0;
    const model: Predictor = {
      ...repeatLast(1),
      predict: (windows) => {
        calls += 1;
        return repeatLast(1).predict(windows);
      },
    };
    const two: Series = { values: Float64Array.of(1, 10), variates: ['a', 'b'] };

    await forecastAll([wave(5), two, wave(9), two], { horizon: 1, model });

    expect(calls).toBe(2);
  });

  it('takes series of different widths and lengths', async () => {
    const two: Series = { values: Float64Array.of(1, 10, 2, 20, 3, 30), variates: ['a', 'b'] };

    const forecasts = await forecastAll([wave(5), two, wave(9)], {
      horizon: 1,
      model: repeatLast(1),
    });

    expect(forecasts.map(({ variates }) => variates.length)).toEqual([1, 2, 1]);
  });
});
