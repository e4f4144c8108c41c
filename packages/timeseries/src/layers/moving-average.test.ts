import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { movingAverage } from './moving-average.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('movingAverage', () => {
  it('averages neighbors, with the ends repeated', async () => {
    const rows = tf.tensor2d([3, 6, 9, 0], [1, 4]);

    // (3 + 3 + 6) / 3, (3 + 6 + 9) / 3, (6 + 9 + 0) / 3, (9 + 0 + 0) / 3.
    await expectAllClose(movingAverage(rows, 3), [4, 6, 5, 3], 1e-6);
  });

  it('leaves a constant as it is, with a kernel longer than the row too', async () => {
    await expectAllClose(movingAverage(tf.fill([2, 3], 5), 25), [5, 5, 5, 5, 5, 5], 1e-5);
  });

  it('leaves a line as it is away from the ends', async () => {
    const averaged = await movingAverage(tf.range(0, 9).reshape([1, 9]), 5).data();

    averaged.subarray(2, 7).forEach((value, index) => expect(value).toBeCloseTo(index + 2, 5));
  });

  it('frees everything but its result', async () => {
    const rows = tf.zeros<tf.Rank.R2>([2, 5]);
    await expectNoTensorLeak(() => movingAverage(rows, 3).dispose());
  });
});
