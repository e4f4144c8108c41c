import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { initTimeEmbedding, timeEmbedding, timeSinusoids } from './time-embedding.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('timeSinusoids', () => {
  it('begin with the cosine of the time itself, and have its sine in the middle', () => {
    const values = timeSinusoids([0, 2]);

    const found = [values[0], values[128], values[256], values[256 + 128]];
    expect(largestDifference(found, [1, 0, Math.cos(2), Math.sin(2)])).toBeLessThan(1e-7);
  });

  it('turn slower by 10000 ^ (1 / 128) from one to the next', () => {
    const slowest = 10_000 ** (-127 / 128);

    expect(timeSinusoids([1000])[127]).toBeCloseTo(Math.cos(1000 * slowest), 6);
  });
});

describe('timeEmbedding', () => {
  it('leaks no tensor', async () => {
    const params = initTimeEmbedding(4, initializer([1, 1]));

    await expectNoTensorLeak(() => timeEmbedding(params, [0, 500]).dispose());
  });
});
