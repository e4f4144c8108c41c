import { DataError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { repeatLast } from '../baselines/repeat-last.ts';
import type { Predictor } from '../recipes/forecast-recipe.ts';
import { zeroShotScores } from './zero-shot.ts';

beforeAll(() => tf.setBackend('cpu'));

const seriesOf = (values: readonly number[]) => ({
  values: Float64Array.from(values),
  variates: ['a'],
});
/** Of season 2, rising by 1 a season, without noise. */
const rising = seriesOf(
  Array.from({ length: 200 }, (_, row) => Math.floor(row / 2) + 10 * (row % 2)),
);
const model = { ...repeatLast(2), lookBack: 8 };
const options = { name: 'model', model, horizon: 2, season: 2, stride: 3 };

describe('zeroShotScores', () => {
  it('has the errors of baselines on a season that rises', async () => {
    const rows = await zeroShotScores(rising, options);

    const maseOf = (method: string) => rows.find((row) => row.method === method)?.mase;
    // The step from season to season is 1, which is the MASE's unit and the seasonal naive error.
    expect(maseOf('seasonal naive')).toBeCloseTo(1, 12);
    expect(maseOf('AR(3)')).toBeCloseTo(0, 6);
    // Of 13 origins 7 follow the higher half of a season, whose errors are 9 and 1, and 6 the lower, of 10 and 1.
    expect(maseOf('naive')).toBeCloseTo((7 * (9 + 1) + 6 * (10 + 1)) / 26, 12);
    expect(rows[0]).toMatchObject({ method: 'model', horizon: 2, forecasts: 13 });
  });

  it('gives a point forecast its mean absolute error as CRPS', async () => {
    for (const { crps, mae } of await zeroShotScores(rising, options)) expect(crps).toBe(mae);
  });

  it('scores quantiles by how far they are and how often values lie inside', async () => {
    // Two quantiles a unit about the last value: of the value itself the CRPS is that of a known spread, and all lie inside.
    const spread: Predictor = {
      ...model,
      levels: [0.1, 0.5, 0.9],
      quantiles: ({ values }) =>
        tf.tidy(() => {
          const last = values
            .slice([0, 7, 0], [-1, 1, 1])
            .tile([1, 2, 1])
            .expandDims<tf.Tensor4D>(3);
          return tf.concat([last.sub(1e3), last, last.add(1e3)], 3);
        }),
    };

    const [row, , point] = await zeroShotScores(rising, { ...options, model: spread });

    expect(row.coverage).toEqual([1, 1]);
    expect(row.mae).toBeCloseTo(point.mae, 4);
    expect(row.crps).toBeGreaterThan(point.crps);
  });

  it('scores no value that is missing, and fills the past of baselines by what was known', async () => {
    const missing = seriesOf([...rising.values]);
    const filling: Predictor = {
      ...model,
      predict: ({ values }) =>
        tf.tidy(() => model.predict({ values: tf.where(values.isNaN(), 0, values) })),
    };
    missing.values.fill(NaN, 180, 185);

    const rows = await zeroShotScores(missing, {
      ...options,
      model: { ...filling, readsMissing: true },
    });

    const maeOf = (method: string) => rows.find((row) => row.method === method)?.mae;
    // Row 179 is of the higher half and stands for the five after it, all else is as it was: errors stay those of a season.
    expect(maeOf('naive')).toBeLessThan(11);
    expect(maeOf('seasonal naive')).toBeLessThan(11);
  });

  it('refuses a series too short for the look-back and the horizon', async () => {
    await expect(zeroShotScores(seriesOf([1, 2, 3, 4]), options)).rejects.toThrow(DataError);
  });
});
