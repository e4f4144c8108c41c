import { disposeParams, initializer, mapParams, OptionError, ShapeError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { iTransformerRecipe } from './itransformer.ts';

beforeAll(() => tf.setBackend('cpu'));

const options = { lookBack: 8, horizon: 4, blocks: 2, width: 8, heads: 2, dropoutRate: 0.5 };
const random = (shape: number[], key = 1): tf.Tensor3D =>
  initializer([key, 0]).normal(shape, 1) as tf.Tensor3D;
const made = () => {
  const params = iTransformerRecipe.init(options, initializer([2, 2]));
  return { params, forecaster: iTransformerRecipe.bind(options, params) };
};

describe('iTransformer', () => {
  it('trained on seven variates forecasts five', async () => {
    const { params, forecaster } = made();
    const optimizer = tf.train.adam(1e-2);
    const variables = mapParams(params, (weight) => tf.variable(weight));
    const training = iTransformerRecipe.bind(options, variables);
    const windows = { values: random([4, 12, 7]) };
    const before = (await training.loss(windows).data())[0];
    for (let step = 0; step < 20; step++) optimizer.minimize(() => training.loss(windows));

    const five = training.predict({ values: random([3, 8, 5]) });

    expect(five.shape).toEqual([3, 4, 5]);
    expect((await training.loss(windows).data())[0]).toBeLessThan(before / 2);
    expect(forecaster.horizon).toBe(4);
  });

  it('gives each variate its own forecast, in whatever order they come', async () => {
    const { forecaster } = made();
    const values = random([1, 8, 3]);
    const order = [2, 0, 1];

    const mixed = forecaster.predict({ values: tf.gather(values, order, 2) });

    const expected = tf.gather(forecaster.predict({ values }), order, 2);
    await expectAllClose(mixed, await expected.data(), 1e-5);
  });

  it('shifts and scales its forecast with the window', async () => {
    const { forecaster } = made();
    const values = random([2, 8, 3]).mul(100) as tf.Tensor3D;

    const shifted = forecaster.predict({ values: values.mul(2).add(300) as tf.Tensor3D });

    const expected = forecaster.predict({ values }).mul(2).add(300);
    await expectAllClose(shifted, await expected.data(), 1e-2);
  });

  it('reads the marks of the past only', async () => {
    const { forecaster } = made();
    const values = random([1, 12, 2]);
    const marks = random([1, 12, 4], 5);
    const changed = tf.concat([marks.slice([0, 0, 0], [1, 8, 4]), random([1, 4, 4], 6)], 1);
    const loss = (given: tf.Tensor3D) => forecaster.loss({ values, marks: given }).data();

    expect(await loss(changed as tf.Tensor3D)).toEqual(await loss(marks));
    expect(await loss(random([1, 12, 4], 7))).not.toEqual(await loss(marks));
  });

  it('minimizes the mean squared error of the horizon', async () => {
    const { forecaster } = made();
    const values = random([2, 12, 3]);
    const forecast = forecaster.predict({ values: values.slice([0, 0, 0], [2, 8, 3]) });
    const error = tf.mean(forecast.sub(values.slice([0, 8, 0])).square());

    await expectAllClose(forecaster.loss({ values }), await error.data(), 1e-6);
  });

  it('drops by its key in training only', async () => {
    const { forecaster } = made();
    const windows = { values: random([2, 12, 3]) };
    const loss = (key?: [number, number]) => forecaster.loss(windows, key).data();

    expect(await loss([1, 1])).toEqual(await loss([1, 1]));
    expect(largestDifference(await loss([1, 1]), await loss([1, 2]))).toBeGreaterThan(1e-5);
    expect(largestDifference(await loss([1, 1]), await loss())).toBeGreaterThan(1e-5);
  });

  it('forecasts the level of a constant series, finitely', async () => {
    const { forecaster } = made();
    const forecast = await forecaster.predict({ values: tf.fill([1, 8, 2], 1e30) }).data();

    expect(forecast.every(Number.isFinite)).toBe(true);
  });

  it('refuses windows of another length', () => {
    const { forecaster } = made();

    expect(() => forecaster.predict({ values: random([1, 9, 2]) })).toThrow(ShapeError);
    expect(() => forecaster.loss({ values: random([1, 8, 2]) })).toThrow(ShapeError);
  });

  it.each([{ lookBack: 0 }, { width: 6, heads: 4 }, { dropoutRate: 1 }, { lookback: 96 }, null])(
    'refuses the options %j',
    (given) => {
      expect(() => iTransformerRecipe.init(given as object, initializer([1, 1]))).toThrow(
        OptionError,
      );
    },
  );

  it('frees everything but its results', async () => {
    const { params, forecaster } = made();
    const values = random([1, 12, 2]);
    const past = values.slice([0, 0, 0], [1, 8, 2]);
    await expectNoTensorLeak(() => {
      forecaster.predict({ values: past }).dispose();
      forecaster.loss({ values }, [1, 1]).dispose();
      disposeParams(iTransformerRecipe.init(options, initializer([1, 1])));
    });
    disposeParams(params);
  });
});
