import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { pointTokens } from './point-tokens.ts';

beforeAll(() => tf.setBackend('cpu'));

const map = (weight: number[], bias: number[]) => ({
  weight: tf.tensor2d(weight, [1, 2]),
  bias: tf.tensor1d(bias),
});
/** Gates v and 0, values v + 1 and 3. */
const params = () => ({ gate: map([1, 0], [0, 0]), up: map([1, 0], [1, 3]) });

describe('pointTokens', () => {
  it('gives every value a token of its own, what the gate lets through', async () => {
    const tokens = pointTokens(params(), tf.tensor2d([2, -2], [1, 2]));

    const silu = (x: number) => x / (1 + Math.exp(-x));
    expect(tokens.shape).toEqual([1, 2, 2]);
    await expectAllClose(tokens, [silu(2) * 3, 0, -silu(-2), 0], 1e-6);
  });

  it('keeps only its result', async () => {
    const [own, rows] = [params(), tf.tensor2d([1, 2], [1, 2])];

    await expectNoTensorLeak(() => pointTokens(own, rows).dispose());
  });
});
