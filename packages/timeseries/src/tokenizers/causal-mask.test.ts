import { expectAllClose } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { causalMask } from './causal-mask.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('causalMask', () => {
  it('hides later rows and shows everything before', async () => {
    const mask = causalMask(2, 1) as tf.Tensor2D;

    expect(mask.shape).toEqual([2, 3]);
    await expectAllClose(mask, [0, 0, -1e9, 0, 0, 0], 0);
  });

  it('is not needed for a single row', () => {
    expect(causalMask(1, 5)).toBeUndefined();
  });
});
