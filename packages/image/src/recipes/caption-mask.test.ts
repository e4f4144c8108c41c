import { hiddenScore as hidden } from '@nextx/core';
import { expectAllClose } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { captionMask } from './caption-mask.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('captionMask', () => {
  it('hides what comes later, and padded features from all but themselves', async () => {
    const captions = {
      features: tf.zeros([2, 2, 3]) as tf.Tensor3D,
      isReal: Uint8Array.of(1, 1, 0, 1),
    };

    const mask = captionMask(captions, 0, 3);

    expect(mask.shape).toEqual([2, 1, 3, 3]);
    const full = [0, hidden, hidden, 0, 0, hidden, 0, 0, 0];
    const padded = [0, hidden, hidden, hidden, 0, hidden, hidden, 0, 0];
    await expectAllClose(mask, [...full, ...padded], 0);
  });

  it('is causal without a caption', async () => {
    await expectAllClose(captionMask(undefined, 1, 3), [0, 0, hidden, 0, 0, 0], 0);
  });
});
