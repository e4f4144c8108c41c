import {
  countParams,
  disposeParams,
  initializer,
  mapParams,
  OptionError,
  ShapeError,
} from '@nextx/core';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { levelFactor, ttmForecast, ttmRecipe } from './ttm.ts';
import type { TtmOptions } from './ttm.ts';

beforeAll(() => tf.setBackend('cpu'));

const options: TtmOptions = {
  lookBack: 16,
  horizon: 3,
  patchLength: 4,
  width: 16,
  levels: 2,
  layers: 1,
  decoderWidth: 8,
  decoderLayers: 1,
};
const random = (shape: number[], key = 1): tf.Tensor3D =>
  initializer([key, 0]).normal(shape, 1) as tf.Tensor3D;
/** Weights that are large enough for every part to show. */
const paramsOf = (given: TtmOptions) =>
  mapParams(ttmRecipe.init(given, initializer([2, 2])), (weight, path) =>
    weight.rank === 2 ? random(weight.shape, path.length).mul(0.4) : weight,
  );

describe('TTM', () => {
  it('forecasts each variate by itself', async () => {
    const forecaster = ttmRecipe.bind(options, paramsOf(options));
    const values = random([2, 16, 3]);
    const last = values.slice([0, 0, 2], [2, 16, 1]);

    const all = forecaster.predict({ values });

    const alone = forecaster.predict({ values: last });
    await expectAllClose(all.slice([0, 0, 2], [2, 3, 1]), await alone.data(), 1e-4);
  });

  it('with a decoder that mixes variates lets each depend on all', async () => {
    const mixing = { ...options, mixedVariates: 3 };
    const forecaster = ttmRecipe.bind(mixing, paramsOf(mixing));
    const values = random([1, 16, 3]);
    const changed = tf.concat([values.slice([0, 0, 0], [1, 16, 2]), random([1, 16, 1], 5)], 2);
    const first = (x: tf.Tensor3D) => forecaster.predict({ values: x }).slice([0, 0, 0], [1, 3, 1]);

    const [before, after] = [
      await first(values).data(),
      await first(changed as tf.Tensor3D).data(),
    ];

    expect(largestDifference(before, after)).toBeGreaterThan(1e-3);
  });

  it('with a decoder that mixes variates refuses another number of them', () => {
    const mixing = { ...options, mixedVariates: 3 };
    const forecaster = ttmRecipe.bind(mixing, paramsOf(mixing));

    expect(() => forecaster.predict({ values: random([1, 16, 2]) })).toThrow(ShapeError);
  });

  it('with a prefix depends on the sampling rate', async () => {
    const rated = { ...options, resolutions: 3 };
    const params = paramsOf(rated);
    const values = tf.tile(random([1, 16, 2]), [2, 1, 1]);
    const forecast = ttmForecast(rated, params, { values, resolutions: Int32Array.of(0, 2) });
    const [first, second] = tf.unstack(forecast);

    expect(largestDifference(await first.data(), await second.data())).toBeGreaterThan(1e-3);
    const ofSecond = ttmRecipe.bind({ ...rated, resolution: 2 }, params).predict({ values });
    await expectAllClose(ofSecond.slice([1, 0, 0]), await second.data(), 1e-5);
  });

  it('does not read values before the first whole patch, but for their level', async () => {
    const longer = { ...options, lookBack: 18 };
    const params = paramsOf(longer);
    const past = random([1, 18, 1]);
    const swapped = tf.concat(
      [tf.reverse(past.slice([0, 0, 0], [1, 2, 1]), 1), past.slice([0, 2, 0])],
      1,
    );
    const forecaster = ttmRecipe.bind(longer, params);

    const forecast = forecaster.predict({ values: swapped as tf.Tensor3D });

    await expectAllClose(forecast, await forecaster.predict({ values: past }).data(), 1e-5);
  });

  it('cuts patches by halves level by level, but never to four features or fewer', () => {
    const factors = [0, 1, 2].map((level) => levelFactor({ width: 192, levels: 3 }, level));
    const narrow = [0, 1, 2].map((level) => levelFactor({ width: 16, levels: 3 }, level));

    expect(factors).toEqual([4, 2, 1]);
    expect(narrow).toEqual([1, 2, 1]);
  });

  it('of the released size has 805,280 weights', () => {
    const params = ttmRecipe.init({}, initializer([1, 1]));

    expect(countParams(params)).toBe(805_280);
    disposeParams(params);
  });

  it('drops by its key in training only', async () => {
    const forecaster = ttmRecipe.bind(options, paramsOf(options));
    const windows = { values: random([2, 19, 2]) };
    const loss = (key?: [number, number]) => forecaster.loss(windows, key).data();

    expect(await loss([1, 1])).toEqual(await loss([1, 1]));
    expect(largestDifference(await loss([1, 1]), await loss([1, 2]))).toBeGreaterThan(1e-5);
    expect(largestDifference(await loss([1, 1]), await loss())).toBeGreaterThan(1e-5);
  });

  it.each([
    { lookBack: 32 },
    { width: 190 },
    { resolutions: 2, resolution: 2 },
    { levels: 0 },
    { dropoutRate: 1 },
  ])('refuses the options %j', (given) => {
    expect(() => ttmRecipe.parse(given)).toThrow(OptionError);
  });

  it('frees everything but its results', async () => {
    const full = { ...options, mixedVariates: 2, resolutions: 2 };
    const params = ttmRecipe.init(full, initializer([1, 1]));
    const forecaster = ttmRecipe.bind(full, params);
    const values = random([2, 19, 2]);
    const past = values.slice([0, 0, 0], [2, 16, 2]);
    await expectNoTensorLeak(() => {
      forecaster.predict({ values: past }).dispose();
      forecaster.loss({ values }, [1, 1]).dispose();
      disposeParams(ttmRecipe.init(full, initializer([1, 1])));
    });
  });
});
