import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { layerNorm, rmsNorm } from './norm.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('layerNorm', () => {
  it('gives every row mean 0 and variance 1, then scale and shift', async () => {
    const { apply } = layerNorm({ epsilon: 0 });
    const params = { scale: tf.tensor1d([1, 2]), shift: tf.tensor1d([10, 20]) };

    await expectAllClose(apply(params, tf.tensor2d([1, 5, 0, 2], [2, 2])), [9, 22, 9, 22], 1e-5);
  });

  it('adds epsilon to the variance', async () => {
    // Mean 0, variance 1: 1 / √(1 + 3) = 0.5.
    await expectAllClose(
      layerNorm({ epsilon: 3 }).apply({}, tf.tensor1d([-1, 1])),
      [-0.5, 0.5],
      1e-6,
    );
  });

  it('has no weights where it is not affine', () => {
    expect(layerNorm({ isAffine: false }).init(3, initializer([1, 1]))).toEqual({});
    expect(Object.keys(layerNorm().init(3, initializer([1, 1])))).toEqual(['scale', 'shift']);
  });

  it('leaks no tensor', async () => {
    const x = tf.tensor1d([1, 2]);

    await expectNoTensorLeak(() => layerNorm().apply({}, x).dispose());
  });
});

describe('rmsNorm', () => {
  it('divides by the root of the mean square, then scales', async () => {
    const { apply } = rmsNorm({ epsilon: 0 });

    // √((9 + 16) / 2).
    const root = Math.sqrt(12.5);
    await expectAllClose(
      apply({ scale: tf.tensor1d([1, 2]) }, tf.tensor1d([3, 4])),
      [3 / root, 8 / root],
      1e-6,
    );
  });

  it('leaks no tensor', async () => {
    const x = tf.tensor1d([1, 2]);

    await expectNoTensorLeak(() => rmsNorm().apply({}, x).dispose());
  });
});
