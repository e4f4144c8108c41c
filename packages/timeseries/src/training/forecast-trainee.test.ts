import { namedParams } from '@nextx/core';
import { expectAllClose } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Forecaster } from '../recipes/forecast-recipe.ts';
import { allWeights, forecastTrainee } from './forecast-trainee.ts';
import type { WindowSet } from './window-set.ts';

beforeAll(() => tf.setBackend('cpu'));

const params = () => ({ a: tf.scalar(2), b: [tf.scalar(3)] });
/** Its loss is a · b · sum of the values. */
const bind = (weights: unknown): Forecaster => {
  const { a, b } = weights as ReturnType<typeof params>;
  const loss = ({ values }: { values: tf.Tensor3D }) =>
    tf.mul(tf.mul(a, b[0]), values.sum()) as tf.Scalar;
  return { lookBack: 1, horizon: 1, params: { a, b }, predict: ({ values }) => values, loss };
};
const training: WindowSet = {
  count: 9,
  batch: (samples) => ({ values: tf.tensor3d(Array.from(samples), [samples.length, 1, 1]) }),
};

describe('forecastTrainee', () => {
  it('has the loss of the forecaster on the windows of the samples', async () => {
    const trainee = forecastTrainee({ bind, params: params(), training });

    const { loss } = trainee.loss(trainee.params, Int32Array.of(4, 5), [0, 0]);

    expect(trainee.count).toBe(9);
    await expectAllClose(loss, [2 * 3 * 9], 0);
  });

  it('keeps weights that are not trained out of the trainer, and in the loss', async () => {
    const trains = (path: string) => path === 'b.0';
    const trainee = forecastTrainee({ bind, params: params(), trains, training });

    const { loss } = trainee.loss({ 'b.0': tf.scalar(7) }, Int32Array.of(1), [0, 0]);

    expect(namedParams(trainee.params).map(([path]) => path)).toEqual(['b.0']);
    await expectAllClose(loss, [2 * 7], 0);
  });
});

describe('allWeights', () => {
  it('puts trained weights by their paths into the tree', async () => {
    const { a, b } = allWeights(params(), { 'b.0': tf.scalar(7) });

    await expectAllClose(a, [2], 0);
    await expectAllClose(b[0], [7], 0);
  });
});
