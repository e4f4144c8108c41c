import { expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type QuantilePredictor, rollQuantiles } from './roll-quantiles.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Of the standard normal distribution. */
const normals: readonly (readonly [level: number, quantile: number])[] = [
  [0.025, -1.96],
  [0.1, -1.2816],
  [0.2, -0.8416],
  [0.3, -0.5244],
  [0.4, -0.2533],
  [0.5, 0],
  [0.6, 0.2533],
  [0.7, 0.5244],
  [0.8, 0.8416],
  [0.9, 1.2816],
  [0.975, 1.96],
];
/** A random walk that is seen every other step: quantiles of the last value plus a normal shock, for both steps alike. */
const walk: QuantilePredictor = {
  lookBack: 3,
  horizon: 2,
  levels: normals.map(([level]) => level),
  predict: ({ values }) => tf.tidy(() => last(values).tile([1, 2, 1])),
  quantiles: ({ values }) =>
    tf.tidy(() => {
      const shocks = tf.tensor1d(normals.map(([, quantile]) => quantile));
      return last(values).tile([1, 2, 1]).expandDims(3).add(shocks);
    }),
};
const last = (values: tf.Tensor3D): tf.Tensor3D =>
  values.slice([0, values.shape[1] - 1, 0], [-1, 1, -1]);
const values = () => tf.tensor3d([1, 5, 2, 6, 3, 7, 4, 8, 5, 9, 6, 10], [2, 3, 2]);
const rows = (quantiles: tf.Tensor4D, step: number) =>
  quantiles.slice([0, step, 0, 0], [-1, 1, -1, -1]).reshape<tf.Tensor2D>([4, -1]).array();

describe('rollQuantiles', () => {
  it('gives the quantiles of one evaluation as they are', async () => {
    const rolled = rollQuantiles(walk, { values: values() }, 2);

    const ends = [3, 7, 6, 10];
    (await rows(rolled, 1)).forEach((own, series) =>
      own.forEach((value, at) => expect(value).toBeCloseTo(ends[series] + normals[at][1], 5)),
    );
  });

  it('grows more uncertain with every evaluation, as a random walk does', async () => {
    const rolled = rollQuantiles(walk, { values: values() }, 6);

    for (const [step, shocks] of [
      [2, 2],
      [4, 3],
    ]) {
      const [own] = await rows(rolled, step);
      // The quantiles of a sum of so many shocks, near enough with eleven of each.
      expect(own[5]).toBeCloseTo(3, 1);
      for (const at of [1, 2, 8, 9]) {
        expect(Math.abs(own[at] - 3 - Math.sqrt(shocks) * normals[at][1])).toBeLessThan(0.25);
      }
    }
  });

  it('never lets quantiles cross, and cuts what is too long', async () => {
    const rolled = rollQuantiles(walk, { values: values() }, 5);

    expect(rolled.shape).toEqual([2, 5, 2, 11]);
    for (const own of await rows(rolled, 4)) expect(own).toEqual(own.toSorted((a, b) => a - b));
  });

  it('keeps only its result', async () => {
    const windows = { values: values() };

    await expectNoTensorLeak(() => rollQuantiles(walk, windows, 5).dispose());
  });
});
