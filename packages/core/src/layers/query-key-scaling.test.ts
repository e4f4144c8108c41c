import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { cosineSimilarity, scaledDot } from './query-key-scaling.ts';

beforeAll(() => tf.setBackend('cpu'));

const x = tf.tensor4d([3, 4, 0, 5], [1, 2, 1, 2]);

describe('scaledDot', () => {
  it('divides queries by the root of the head size, or multiplies by what is given', async () => {
    const root = Math.SQRT1_2;

    await expectAllClose(scaledDot().queries({}, x), [3 * root, 4 * root, 0, 5 * root], 1e-5);
    await expectAllClose(scaledDot({ scale: 2 }).queries({}, x), [6, 8, 0, 10], 1e-6);
    await expectAllClose(scaledDot().keys(x), [3, 4, 0, 5], 0);
  });
});

describe('cosineSimilarity', () => {
  it('normalizes both and scales each head by its own factor', async () => {
    const { queries, keys } = cosineSimilarity();
    const logScale = tf.tensor1d([Math.log(10), 0]);

    await expectAllClose(queries({ logScale }, x), [6, 8, 0, 1], 1e-5);
    await expectAllClose(keys(x), [0.6, 0.8, 0, 1], 1e-6);
  });

  it('starts from a factor of 4 and never exceeds 100', async () => {
    const { init, queries } = cosineSimilarity();

    await expectAllClose(queries(init(2, initializer([1, 1])), x), [2.4, 3.2, 0, 4], 1e-5);
    await expectAllClose(queries({ logScale: tf.tensor1d([9, 9]) }, x), [60, 80, 0, 100], 1e-3);
  });

  it('leaks no tensor', async () => {
    const { queries, keys, init } = cosineSimilarity();
    const params = init(2, initializer([1, 1]));

    await expectNoTensorLeak(() => {
      queries(params, x).dispose();
      keys(x).dispose();
    });
    expect(scaledDot().init(2, initializer([1, 1]))).toEqual({});
  });
});
