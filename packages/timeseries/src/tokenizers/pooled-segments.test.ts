import { OptionError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { pooledSegments } from './pooled-segments.ts';

beforeAll(() => tf.setBackend('cpu'));

const segments = (): tf.Tensor3D => tf.tensor3d([-1, -4, 3, 2, 5, 6, -7, -8], [1, 2, 4]);

describe('pooledSegments', () => {
  it('takes the largest of each group, never across segments', async () => {
    const pooled = pooledSegments(segments(), 2);

    expect(pooled.shape).toEqual([1, 2, 2]);
    await expectAllClose(pooled, [-1, 3, 6, -7], 0);
  });

  it('changes nothing at rate 1', async () => {
    await expectAllClose(pooledSegments(segments(), 1), await segments().data(), 0);
  });

  it('refuses a rate that does not divide the segment', () => {
    expect(() => pooledSegments(segments(), 3)).toThrow(OptionError);
  });

  it('leaks no tensor', async () => {
    const x = segments();

    await expectNoTensorLeak(() => pooledSegments(x, 2).dispose());
  });
});
