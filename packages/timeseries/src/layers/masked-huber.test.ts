import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maskedHuber } from './masked-huber.ts';

beforeAll(() => tf.setBackend('cpu'));

const zeros = tf.zeros([3]);
const ones = tf.ones([3]);

describe('maskedHuber', () => {
  it('is half the square up to delta, and a line beyond', async () => {
    const losses = [1, -2, 5].map((error) =>
      maskedHuber(tf.tensor1d([error]), { labels: tf.zeros([1]), mask: tf.ones([1]) }).data(),
    );

    // 1 / 2; 4 / 2; 2 · (5 - 1).
    expect((await Promise.all(losses)).map(([loss]) => loss)).toEqual([0.5, 2, 8]);
  });

  it('is the mean where the mask is 1', async () => {
    const mask = tf.tensor1d([1, 1, 0]);

    await expectAllClose(
      maskedHuber(tf.tensor1d([1, -2, 5]), { labels: zeros, mask }),
      [1.25],
      1e-6,
    );
  });

  it('has a derivative of at most delta', async () => {
    const loss = (x: tf.Tensor) => maskedHuber(x, { labels: zeros, mask: ones }).mul(3);

    await expectAllClose(tf.grad(loss)(tf.tensor1d([1, -7, 5])), [1, -2, 2], 1e-6);
  });

  it('frees everything but its result', async () => {
    await expectNoTensorLeak(() => maskedHuber(ones, { labels: zeros, mask: ones }).dispose());
  });
});
