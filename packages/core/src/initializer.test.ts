import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from './initializer.ts';
import { normals, uniforms } from './random/draw.ts';
import { foldIn } from './random/threefry.ts';
import { expectAllClose } from './testing/tensor-checks.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('initializer', () => {
  it('gives the n-th request the n-th child of its key', async () => {
    const start = initializer([1, 2]);

    const first = start.normal([2], 3);
    const second = start.uniform([2], 0.5);

    await expectAllClose(
      first,
      normals(foldIn([1, 2], 0), 2).map((value) => 3 * value),
      1e-6,
    );
    await expectAllClose(
      second,
      uniforms(foldIn([1, 2], 1), 2).map((u) => u - 0.5),
      1e-6,
    );
  });

  it('keeps truncated values within two deviations, with the deviation that this leaves', async () => {
    const values = await initializer([1, 2]).truncatedNormal([10000], 0.5).data<'float32'>();

    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    // A standard normal variable cut at ±2 has a variance of 0.774.
    expect(variance / 0.25).toBeCloseTo(0.774, 1);
  });

  it('makes zeros and ones without drawing', async () => {
    const start = initializer([1, 2]);
    start.zeros([3]);
    start.ones([3]);

    await expectAllClose(start.ones([2, 1]), [1, 1], 0);
    await expectAllClose(start.constant([2], 3), [3, 3], 0);
    await expectAllClose(start.normal([1], 1), normals(foldIn([1, 2], 0), 1), 1e-6);
  });
});
