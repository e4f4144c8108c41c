import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { rotaryFactors, rotaryRange, rotate } from './rotary.ts';

beforeAll(() => tf.setBackend('cpu'));

const quarter = { cos: Float32Array.of(0, 1), sin: Float32Array.of(1, 0) };

describe('rotate', () => {
  it('turns pairs (a, b) to (a cos - b sin, a sin + b cos)', async () => {
    // A quarter turn of the first pair, none of the second.
    const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 1, 4]);

    await expectAllClose(rotate(x, rotaryFactors(quarter, 4)), [-2, 1, 3, 4], 0);
  });

  it('turns every row by its own angles', async () => {
    const x = tf.tensor4d([1, 2, 1, 2], [1, 1, 2, 2]);

    await expectAllClose(rotate(x, rotaryFactors(quarter, 2)), [-2, 1, 1, 2], 0);
  });

  it('leaks no tensor', async () => {
    const x = tf.zeros([1, 1, 1, 4]) as tf.Tensor4D;

    await expectNoTensorLeak(() => {
      const factors = rotaryFactors(quarter, 4);
      rotate(x, factors).dispose();
      tf.dispose(factors);
    });
  });
});

describe('rotaryRange', () => {
  it('cuts rows out of a table', () => {
    const table = {
      cos: Float32Array.of(0, 1, 2, 3, 4, 5),
      sin: Float32Array.of(6, 7, 8, 9, 10, 11),
    };

    const { cos, sin } = rotaryRange(table, 2, [1, 3]);

    expect([[...cos], [...sin]]).toEqual([
      [2, 3, 4, 5],
      [8, 9, 10, 11],
    ]);
  });
});
