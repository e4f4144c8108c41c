import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { additiveMask, hiddenScore } from './additive-mask.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('additiveMask', () => {
  it('is 0 where visible and far below any score elsewhere', async () => {
    const mask = additiveMask(Uint8Array.of(1, 0, 1, 1, 1, 1), 3);

    expect(await mask.array()).toEqual([
      [0, hiddenScore, 0],
      [0, 0, 0],
    ]);
    expect(Math.exp(hiddenScore)).toBe(0);
  });

  it('leaks no tensor', () =>
    expectNoTensorLeak(() => additiveMask(Uint8Array.of(1), 1).dispose()));
});
