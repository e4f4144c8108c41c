import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { crossEntropy } from './cross-entropy.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('crossEntropy', () => {
  it('is ln 2 for a fair coin and ln 4 for the odds 1 to 3 drawn against', async () => {
    const logits = tf.tensor2d([0, 0, 0, Math.log(3)], [2, 2]);

    await expectAllClose(
      crossEntropy(logits, tf.tensor1d([1, 0], 'int32')),
      [Math.log(2), Math.log(4)],
      1e-6,
    );
  });

  it('is finite for logits of a thousand', async () => {
    const logits = tf.tensor2d([1000, 0], [1, 2]);

    await expectAllClose(crossEntropy(logits, tf.tensor1d([1], 'int32')), [1000], 1e-3);
  });

  it('has the derivative softmax minus one-hot, times what comes from above', async () => {
    const logits = tf.tensor2d([0, Math.log(3)], [1, 2]);
    const ids = tf.tensor1d([0], 'int32');

    const slope = tf.grad((x) => tf.mul(crossEntropy(x as tf.Tensor2D, ids), 2))(logits);

    await expectAllClose(slope, [2 * (0.25 - 1), 2 * 0.75], 1e-6);
  });

  it('leaks no tensor', async () => {
    const logits = tf.tensor2d([0, 1], [1, 2]);
    const ids = tf.tensor1d([0], 'int32');

    await expectNoTensorLeak(() => crossEntropy(logits, ids).dispose());
  });
});
