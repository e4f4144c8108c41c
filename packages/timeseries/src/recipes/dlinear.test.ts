import { disposeParams, initializer, namedParams, OptionError, ShapeError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { dLinearRecipe } from './dlinear.ts';
import type { DLinearParams } from './dlinear.ts';

beforeAll(() => tf.setBackend('cpu'));

const options = { lookBack: 4, horizon: 2, kernel: 3 };
const map = (weight: number[], bias: number[]) => ({
  weight: tf.tensor2d(weight, [4, 2]),
  bias: tf.tensor1d(bias),
});
const silent = () => map([0, 0, 0, 0, 0, 0, 0, 0], [0, 0]);
/** Gives the last value twice, and 1 more the second time. */
const repeatLast = () => map([0, 0, 0, 0, 0, 0, 1, 1], [0, 1]);
// The moving average of 3, 6, 9, 0 is 4, 6, 5, 3; the rest -1, 0, 4, -3.
const window = () => tf.tensor3d([3, 6, 9, 0], [1, 4, 1]);

describe('DLinear', () => {
  it('maps the moving average and the rest to the horizon', async () => {
    const ofTrend = dLinearRecipe.bind(options, { trend: [repeatLast()], seasonal: [silent()] });
    const ofRest = dLinearRecipe.bind(options, { trend: [silent()], seasonal: [repeatLast()] });

    await expectAllClose(ofTrend.predict({ values: window() }), [3, 4], 1e-5);
    await expectAllClose(ofRest.predict({ values: window() }), [-3, -2], 1e-5);
  });

  it('repeats the last value where both maps do', async () => {
    const params = { trend: [repeatLast()], seasonal: [repeatLast()] };

    const forecast = dLinearRecipe.bind(options, params).predict({ values: window() });

    await expectAllClose(forecast, [0, 2], 1e-5);
  });

  it('shares its maps among variates, or has one pair for each', async () => {
    const two = tf.concat([window(), window().mul(2)], 2) as tf.Tensor3D;
    const shared: DLinearParams = { trend: [repeatLast()], seasonal: [silent()] };
    const own: DLinearParams = {
      trend: [repeatLast(), silent()],
      seasonal: [silent(), repeatLast()],
    };
    const individual = { ...options, individualVariates: 2 };

    const ofShared = dLinearRecipe.bind(options, shared).predict({ values: two });
    const ofOwn = dLinearRecipe.bind(individual, own).predict({ values: two });

    await expectAllClose(ofShared, [3, 6, 4, 7], 1e-5);
    await expectAllClose(ofOwn, [3, -6, 4, -5], 1e-5);
  });

  it('minimizes the mean squared error of the horizon', async () => {
    const forecaster = dLinearRecipe.bind(options, { trend: [repeatLast()], seasonal: [silent()] });
    const values = tf.tensor3d([3, 6, 9, 0, 4, 6], [1, 6, 1]);

    // Forecast 3, 4 against 4, 6: (1 + 4) / 2.
    await expectAllClose(forecaster.loss({ values }), [2.5], 1e-5);
  });

  it('imports official names, numbered where maps are individual', () => {
    const names = (given: object) => {
      const params = dLinearRecipe.init(given, initializer([1, 1]));
      const rules = dLinearRecipe.importRules?.(given, params) ?? [];
      const paths = namedParams(params).map(([path]) => path);
      expect(rules.map(({ own }) => own).toSorted()).toEqual(paths.toSorted());
      return rules.map(({ official }) => official);
    };

    expect(names(options)).toContain('Linear_Seasonal.weight');
    expect(names({ ...options, individualVariates: 2 })).toContain('Linear_Trend.1.bias');
  });

  it('refuses another number of variates than has maps', () => {
    const individual = { ...options, individualVariates: 2 };
    const params = dLinearRecipe.init(individual, initializer([1, 1]));

    const forecaster = dLinearRecipe.bind(individual, params);
    expect(forecaster.variates).toBe(2);
    expect(() => forecaster.predict({ values: window() })).toThrow(ShapeError);
  });

  it('refuses windows of another length', () => {
    const params = dLinearRecipe.init(options, initializer([1, 1]));
    const values = tf.zeros<tf.Rank.R3>([1, 5, 1]);

    expect(() => dLinearRecipe.bind(options, params).predict({ values })).toThrow(ShapeError);
  });

  it.each([{ kernel: 24 }, { lookBack: 1.5 }, { horizon: -1 }, { kernels: 25 }])(
    'refuses the options %j',
    (given) => {
      expect(() => dLinearRecipe.parse(given)).toThrow(OptionError);
    },
  );

  it('frees everything but its results', async () => {
    const individual = { ...options, individualVariates: 2 };
    const params = dLinearRecipe.init(individual, initializer([1, 1]));
    const forecaster = dLinearRecipe.bind(individual, params);
    const values = tf.zeros<tf.Rank.R3>([2, 6, 2]);
    const past = tf.zeros<tf.Rank.R3>([2, 4, 2]);
    await expectNoTensorLeak(() => {
      forecaster.predict({ values: past }).dispose();
      forecaster.loss({ values }).dispose();
      disposeParams(dLinearRecipe.init(individual, initializer([1, 1])));
    });
  });
});
