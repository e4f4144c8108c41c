import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { denoisingMlp, initDenoisingMlp } from './denoising-mlp.ts';

beforeAll(() => tf.setBackend('cpu'));

const sizes = { width: 3, channels: 2, outputs: 4, hidden: 8, blocks: 2 };

describe('denoisingMlp', () => {
  it('starts as zero, whatever the token and its context', async () => {
    const params = initDenoisingMlp(sizes, initializer([1, 1]));

    const outputs = denoisingMlp(params, tf.ones([3, 1, 2]), tf.ones([3, 8]));

    expect(outputs.shape).toEqual([3, 1, 4]);
    await expectAllClose(outputs, new Float32Array(12), 0);
  });

  it('leaks no tensor', async () => {
    const params = initDenoisingMlp(sizes, initializer([1, 1]));
    const [x, context] = [tf.ones([3, 1, 2]) as tf.Tensor3D, tf.ones([3, 8]) as tf.Tensor2D];

    await expectNoTensorLeak(() => denoisingMlp(params, x, context).dispose());
  });
});
