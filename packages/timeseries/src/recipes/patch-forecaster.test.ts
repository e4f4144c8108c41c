import { initializer, mapParams, OptionError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { rollCached } from '../roll-cached.ts';
import type { Forecaster } from './forecast-recipe.ts';
import { parsePatchForecasterOptions, patchForecasterRecipe } from './patch-forecaster.ts';

beforeAll(() => tf.setBackend('cpu'));

const options = parsePatchForecasterOptions({
  patch: 2,
  horizon: 4,
  lookBack: 8,
  depth: 2,
  width: 8,
  heads: 2,
  levels: [0.1, 0.5, 0.9],
});

function made(): Forecaster {
  const start = initializer([3, 4]);
  const params = mapParams(patchForecasterRecipe.init(options, start), (weight) =>
    tf.add(weight, start.normal(weight.shape, 0.2)),
  );
  return patchForecasterRecipe.bind(options, params);
}
const wave = (length: number): tf.Tensor3D =>
  tf.tensor3d(
    Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(1.3 * i) + 0.1 * i),
    [1, length, 2],
  );
const quantilesOf = (forecaster: Forecaster, values: tf.Tensor3D): tf.Tensor4D =>
  (forecaster as Required<Forecaster>).quantiles({ values });

describe('patchForecasterRecipe', () => {
  it('gives ascending quantiles of every value, whose median is the forecast', async () => {
    const forecaster = made();
    const values = wave(8);

    const quantiles = quantilesOf(forecaster, values);

    expect(quantiles.shape).toEqual([1, 4, 2, 3]);
    const [low, median, high] = tf.unstack(quantiles, 3);
    await expectAllClose(forecaster.predict({ values }), await median.data(), 0);
    for (const step of [median.sub(low), high.sub(median)]) {
      expect(Math.min(...(await step.data()))).toBeGreaterThan(0);
    }
  });

  it('shifts and stretches its quantiles as the series is shifted and stretched', async () => {
    const forecaster = made();

    const of = quantilesOf(forecaster, wave(8));
    const ofLarger = quantilesOf(forecaster, wave(8).mul(1000).add(500));

    expect(
      largestDifference(await of.mul(1000).add(500).data(), await ofLarger.data()),
    ).toBeLessThan(0.1);
  });

  it('reads a window shorter than its look-back as one whose beginning is missing', async () => {
    const forecaster = made();
    const padded = tf.concat([tf.fill([1, 1, 2], NaN), wave(5)], 1) as tf.Tensor3D;

    const [short, missing] = [quantilesOf(forecaster, wave(5)), quantilesOf(forecaster, padded)];

    expect(largestDifference(await short.data(), await missing.data())).toBe(0);
  });

  it.each([
    ['a constant series', 3],
    ['values of 1e30', 1e30],
    ['zeros', 0],
  ])('forecasts %s near their level', async (_, level) => {
    const forecast = await made()
      .predict({ values: tf.fill([1, 8, 1], level) })
      .data();

    for (const value of forecast) {
      expect(Math.abs(value - level)).toBeLessThanOrEqual(1e-4 * Math.abs(level) + 1e-9);
    }
  });

  it('has finite quantiles of a series without any value', async () => {
    const quantiles = quantilesOf(made(), tf.fill([1, 8, 1], NaN));

    expect((await quantiles.data()).every(Number.isFinite)).toBe(true);
  });

  it('learns nothing from values that are missing', async () => {
    const forecaster = made();
    const values = wave(12);
    const lossOf = async (hidden: tf.Tensor3D): Promise<number> =>
      (await forecaster.loss({ values: hidden }).data())[0];
    // The last value of each variate is missing, and stands as two different numbers before it is.
    const without = (stand: number): tf.Tensor3D =>
      tf.concat([values.slice([0, 0, 0], [1, 11, 2]), tf.fill([1, 1, 2], stand)], 1) as tf.Tensor3D;

    expect(await lossOf(without(NaN))).not.toBeNaN();
    expect(await lossOf(without(NaN))).not.toBe(await lossOf(without(5)));
  });

  it('goes on from what it remembers as from the whole past under the same scale', async () => {
    const values = wave(4);
    const state = (made() as Required<Forecaster>).open({ values });
    state.append({ values });
    const repeated = tf.concat([values, values], 1) as tf.Tensor3D;

    // Twice the same values have the same mean and deviation.
    const whole = quantilesOf(made(), repeated);

    expect(largestDifference(await state.quantiles().data(), await whole.data())).toBeLessThan(
      1e-5,
    );
    state.dispose();
  });

  it('leaks no tensor', async () => {
    const forecaster = made();
    const values = wave(7);
    const longer = wave(12);

    await expectNoTensorLeak(() => {
      forecaster.predict({ values }).dispose();
      quantilesOf(forecaster, values).dispose();
      forecaster.loss({ values: longer }).dispose();
      rollCached(forecaster, { values }, 30).dispose();
    });
  });

  it.each([
    { patch: 3, lookBack: 8 },
    { patch: 2, horizon: 3 },
    { levels: [0.1, 0.9] },
    { levels: [0.5, 0.5] },
    { maxTokens: 1 },
    { pacth: 2 },
  ])('refuses %j', (bad) => {
    expect(() =>
      patchForecasterRecipe.bind(
        parsePatchForecasterOptions(bad),
        patchForecasterRecipe.init(parsePatchForecasterOptions(bad), initializer([1, 1])),
      ),
    ).toThrow(OptionError);
  });
});
