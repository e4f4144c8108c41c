import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { mapParams } from '../params.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { initSpatialAttention, spatialAttention } from './spatial-attention.ts';

beforeAll(() => tf.setBackend('cpu'));

const x = (): tf.Tensor4D => tf.tensor4d([1, 3, 5, 7], [1, 2, 2, 1]);

describe('spatialAttention', () => {
  it('adds the average of the values to every cell where all scores are equal', async () => {
    const params = initSpatialAttention(1, initializer([1, 1]));
    const query = mapParams(params.query, (weight) => tf.zerosLike(weight));
    const value = { weight: tf.zeros([1, 1, 1, 1]) as tf.Tensor4D, bias: tf.tensor1d([2]) };
    const output = { weight: tf.ones([1, 1, 1, 1]) as tf.Tensor4D, bias: tf.tensor1d([10]) };

    const y = spatialAttention({ ...params, query, value, output }, x(), { groups: 1 });

    await expectAllClose(y, [13, 15, 17, 19], 1e-5);
  });

  it('weighs cells by the softmax of the scores of their normed values', async () => {
    const params = initSpatialAttention(1, initializer([1, 1]));
    const same = { weight: tf.ones([1, 1, 1, 1]) as tf.Tensor4D, bias: tf.tensor1d([0]) };
    const parts = { query: same, key: same, value: same, output: same };

    const y = spatialAttention({ ...params, ...parts }, x(), { groups: 1 });

    // Normed: (-3, -1, 1, 3) / √5.
    const normed = [-3, -1, 1, 3].map((value) => value / Math.sqrt(5));
    const expected = [1, 3, 5, 7].map((own, cell) => {
      const weights = normed.map((key) => Math.exp(normed[cell] * key));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return own + weights.reduce((sum, weight, i) => sum + (weight / total) * normed[i], 0);
    });
    await expectAllClose(y, expected, 1e-5);
  });

  it('leaks no tensor', async () => {
    const params = initSpatialAttention(1, initializer([1, 1]));
    const pictures = x();

    await expectNoTensorLeak(() => spatialAttention(params, pictures, { groups: 1 }).dispose());
  });
});
