import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { nearestCodes } from './vector-quantizer.ts';

beforeAll(() => tf.setBackend('cpu'));

const codebook = tf.tensor2d([0, 0, 10, 0, 0, 10], [3, 2]);

describe('nearestCodes', () => {
  it('gives every latent the id of the nearest code, in the shape of the latents', async () => {
    const latents = tf.tensor3d([1, 1, 9, 4, 2, 6, -5, 0], [2, 2, 2]);

    const ids = nearestCodes(codebook, latents);

    expect(ids.dtype).toBe('int32');
    expect(await ids.array()).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });

  it('leaks no tensor', async () => {
    const latents = tf.zeros([3, 2]);

    await expectNoTensorLeak(() => nearestCodes(codebook, latents).dispose());
  });
});
