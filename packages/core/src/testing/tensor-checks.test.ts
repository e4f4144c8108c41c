import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak, largestDifference } from './tensor-checks.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('largestDifference', () => {
  it('is the largest of the absolute differences', () => {
    expect(largestDifference([1, 5], [2, 2])).toBe(3);
    expect(largestDifference([], [])).toBe(0);
  });

  it('is infinite for other lengths and for NaN', () => {
    expect(largestDifference([1], [1, 2])).toBe(Infinity);
    expect(largestDifference([NaN], [NaN])).toBe(Infinity);
  });
});

describe('expectAllClose', () => {
  it('passes within the tolerance and fails beyond', async () => {
    const x = tf.tensor1d([1, 2]);

    await expectAllClose(x, [1.25, 2], 0.25);
    await expect(expectAllClose(x, [1.5, 2], 0.25)).rejects.toThrow('less than or equal to 0.25');
  });
});

describe('expectNoTensorLeak', () => {
  it('fails where a tensor stays', async () => {
    await expectNoTensorLeak(() => tf.scalar(1).dispose());
    await expect(expectNoTensorLeak(() => tf.scalar(1))).rejects.toThrow('to be');
  });
});
