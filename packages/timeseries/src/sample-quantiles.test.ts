import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampleQuantiles } from './sample-quantiles.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('sampleQuantiles', () => {
  it('runs straight between the middles of the shares that samples stand for', async () => {
    const samples = tf.tensor2d([4, 1, 3, 2, 40, 10, 30, 20], [2, 4]);

    // The middles are at 1/8, 3/8, 5/8 and 7/8.
    const quantiles = sampleQuantiles(samples, [0.125, 0.25, 0.5, 0.8125, 0.875]);

    await expectAllClose(quantiles, [1, 1.5, 2.5, 3.75, 4, 10, 15, 25, 37.5, 40], 1e-5);
  });

  it('has the outermost samples beyond them, and of one sample nothing else', async () => {
    await expectAllClose(sampleQuantiles(tf.tensor2d([2, 1], [1, 2]), [0.01, 0.99]), [1, 2], 0);
    await expectAllClose(sampleQuantiles(tf.tensor2d([7], [1, 1]), [0.1, 0.5, 0.9]), [7, 7, 7], 0);
  });

  it('keeps only its result', async () => {
    const samples = tf.tensor2d([3, 1, 2], [1, 3]);

    await expectNoTensorLeak(() => sampleQuantiles(samples, [0.5]).dispose());
    expect(samples.isDisposed).toBe(false);
  });
});
