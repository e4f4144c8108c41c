import { disposeParams, initializer, OptionError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arNetParams, arNetRecipe, autoRegressionOf } from './ar-net.ts';

beforeAll(() => tf.setBackend('cpu'));

const process = { coefficients: Float64Array.of(0.5, -2), intercept: 1 };

describe('AR-Net', () => {
  it('forecasts by its coefficients, lag 1 being the last value', async () => {
    const forecaster = arNetRecipe.bind({ order: 2 }, arNetParams(process));

    const forecast = forecaster.predict({ values: tf.tensor3d([3, 4], [1, 2, 1]) });

    // 1 + 0.5 · 4 - 2 · 3.
    await expectAllClose(forecast, [-3], 1e-6);
  });

  it('reads back the process of its weights', async () => {
    const { coefficients, intercept } = await autoRegressionOf(arNetParams(process));

    expect([...coefficients]).toEqual([0.5, -2]);
    expect(intercept).toBe(1);
  });

  it('minimizes the squared error, and the penalty where lags are sparse', async () => {
    const values = tf.tensor3d([3, 4, -1], [1, 3, 1]);
    const params = arNetParams(process);
    const loss = (sparsity: number) =>
      arNetRecipe.bind({ order: 2, sparsity, steepness: 2, root: 1 }, params).loss({ values });

    await expectAllClose(loss(1), [4], 1e-5);
    // 0.02 · (1 / 0.5 - 1) times the mean of tanh 0.5 and tanh 2.
    const penalty = (0.02 * (Math.tanh(0.5) + Math.tanh(2))) / 2;
    await expectAllClose(loss(0.5), [4 + penalty], 1e-5);
  });

  it('gives several steps ahead, each by coefficients of its own', () => {
    const options = { order: 3, horizon: 4 };
    const forecaster = arNetRecipe.bind(options, arNetRecipe.init(options, initializer([1, 1])));

    expect(forecaster.predict({ values: tf.zeros([2, 3, 5]) }).shape).toEqual([2, 4, 5]);
  });

  it.each([{}, { order: 0 }, { order: 2, sparsity: 1.5 }, { order: 2, lags: 2 }])(
    'refuses the options %j',
    (options) => {
      expect(() => arNetRecipe.parse(options)).toThrow(OptionError);
    },
  );

  it('frees everything but its results', async () => {
    const options = { order: 2, sparsity: 0.5 };
    const params = arNetParams(process);
    const values = tf.tensor3d([3, 4, -1], [1, 3, 1]);
    await expectNoTensorLeak(async () => {
      arNetRecipe.bind(options, params).loss({ values }).dispose();
      await autoRegressionOf(params);
      disposeParams(arNetParams(process));
      disposeParams(arNetRecipe.init(options, initializer([1, 1])));
    });
  });
});
