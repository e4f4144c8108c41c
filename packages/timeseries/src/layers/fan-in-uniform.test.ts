import { initializer } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fanInUniform } from './fan-in-uniform.ts';

beforeAll(() => tf.setBackend('cpu'));

const fresh = () => ({ weight: tf.fill([25, 100], 7), bias: tf.fill([3], 7) });

describe('fanInUniform', () => {
  it('draws matrices from ±1 / √in, whose deviation is 1 / √(3 in), and leaves vectors', async () => {
    const { weight, bias } = fanInUniform(fresh(), initializer([1, 1]));

    expect((await tf.max(tf.abs(weight)).data())[0]).toBeLessThanOrEqual(0.2);
    // Of 2,500 draws the mean square is off by 2 % as a rule.
    const [meanSquare] = await tf.mean(tf.square(weight)).data();
    expect(Math.abs(meanSquare * 75 - 1)).toBeLessThan(0.1);
    await expectAllClose(bias, [7, 7, 7], 0);
  });

  it('owns the matrices that it replaces', async () => {
    await expectNoTensorLeak(() => tf.dispose(fanInUniform(fresh(), initializer([1, 1]))));
  });
});
