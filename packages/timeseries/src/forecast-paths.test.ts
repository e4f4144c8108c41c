import '@tensorflow/tfjs';
import { type Tensor3D, add, reshape, setBackend, slice, tidy, tile } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { repeatLast } from './baselines/repeat-last.ts';
import { forecast } from './forecast.ts';
import type { Predictor } from './recipes/forecast-recipe.ts';
import type { Series } from './series.ts';

beforeAll(() => setBackend('cpu'));

const numbers = (...values: number[]): Series => ({
  values: Float64Array.from(values),
  variates: ['a'],
});

describe('forecast', () => {
  it('rolls the paths of a network that draws, and gives their median and quantiles, the same for a seed', async () => {
    // A random walk in units of the window's own deviation.
    const walk: Predictor = {
      ...repeatLast(1),
      lookBack: 3,
      levels: [0.1, 0.5, 0.9],
      paths: ({ values }, noise) =>
        tidy(() => {
          const [batch, length, width] = values.shape;
          const last = slice(values, [0, length - 1, 0], [-1, 1, -1]);
          const each = tile(last, [1, noise.shape[0] / batch, 1]);
          return add<Tensor3D>(reshape(each, [-1, 1, width]), noise);
        }),
    };
    const series = numbers(0, 10, 5);
    const deviation = Math.sqrt(50 / 3);
    const options = { horizon: 4, model: walk, levels: [80], paths: 400, seed: 3n };

    const made = await forecast(series, options);
    const other = await forecast(series, { ...options, seed: '4' });

    // Four steps have twice the deviation of one; that of a bound of 400 draws is a fourteenth of it.
    const reach = 2 * 1.2816 * deviation;
    expect(Math.abs(made.values[3] - 5)).toBeLessThan((4 * 2 * deviation) / 16);
    expect(Math.abs(made.intervals[0].upper[3] - 5 - reach)).toBeLessThan((4 * 2 * deviation) / 11);
    expect((await forecast(series, options)).values).toEqual(made.values);
    const points = await forecast(series, { ...options, levels: [] });
    points.values.forEach((value, step) => {
      expect(value).toBeCloseTo(made.values[step], 9);
    });
    expect(other.values[3]).not.toBe(made.values[3]);
  });
});
