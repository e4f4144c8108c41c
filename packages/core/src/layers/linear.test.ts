import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ShapeError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { initLinear, linear } from './linear.ts';

beforeAll(() => tf.setBackend('cpu'));

const weight = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);

describe('linear', () => {
  it('maps every row by weight and bias, whatever stands before the last axis', async () => {
    const bias = tf.tensor1d([10, 0, 0]);

    const y = linear({ weight, bias }, tf.tensor3d([1, 0, 0, 1], [1, 2, 2]));

    expect(y.shape).toEqual([1, 2, 3]);
    await expectAllClose(y, [11, 2, 3, 14, 5, 6], 0);
  });

  it('needs no bias', async () => {
    await expectAllClose(linear({ weight }, tf.tensor1d([1, 1])), [5, 7, 9], 0);
  });

  it('refuses rows of another length', () => {
    expect(() => linear({ weight }, tf.zeros([2, 3]))).toThrow(ShapeError);
    expect(() => linear({ weight }, tf.zeros([2, 3]))).toThrow(
      /must have shape \[2, 2\], got \[2, 3\]/,
    );
  });

  it('leaks no tensor', async () => {
    const x = tf.zeros([1, 2]);

    await expectNoTensorLeak(() => linear({ weight }, x).dispose());
  });
});

describe('initLinear', () => {
  it('starts from zero bias and small weights', async () => {
    const params = initLinear({ inFeatures: 50, outFeatures: 40 }, initializer([1, 1]));

    const largest = Math.max(...(await params.weight.abs().data()));
    expect(largest).toBeLessThanOrEqual(0.04);
    expect(largest).toBeGreaterThan(0.03);
    expect((await params.bias?.abs().sum().data())?.[0]).toBe(0);
  });
});
