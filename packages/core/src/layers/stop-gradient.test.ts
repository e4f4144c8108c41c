import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { stopGradient } from './stop-gradient.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('stopGradient', () => {
  it('keeps the values and has no derivative', async () => {
    const x = tf.tensor1d([2, 3]);

    await expectAllClose(stopGradient(x), [2, 3], 0);
    await expectAllClose(tf.grad((y) => tf.sum(y.mul(stopGradient(y))))(x), [2, 3], 0);
  });

  it('leaks no tensor', async () => {
    const x = tf.tensor1d([2, 3]);

    await expectNoTensorLeak(() => stopGradient(x).dispose());
  });
});
