import { OptionError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { segmentMarks, segmentsOf } from './segments.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('segmentsOf', () => {
  it('cuts rows into segments in order', async () => {
    const segments = segmentsOf(tf.tensor2d([[1, 2, 3, 4]]), 2);

    expect(segments.shape).toEqual([1, 2, 2]);
    await expectAllClose(segments, [1, 2, 3, 4], 0);
  });

  it.each([0, 3, 5])('refuses %s values in segments of 2', (length) => {
    expect(() => segmentsOf(tf.zeros([1, length]), 2)).toThrow(
      length % 2 === 0 ? OptionError : /whole segments of 2 values/,
    );
  });
});

describe('segmentMarks', () => {
  it('takes the marks of segment beginnings and repeats them for every variate', async () => {
    const marks = tf.tensor3d([0, 1, 2, 3, 10, 11, 12, 13], [2, 4, 1]);

    const taken = segmentMarks(marks, { segment: 2, segments: 2, variates: 2 });

    expect(taken.shape).toEqual([4, 2, 1]);
    await expectAllClose(taken, [0, 2, 0, 2, 10, 12, 10, 12], 0);
  });

  it('leaks no tensor', async () => {
    const marks = tf.ones<tf.Rank.R3>([1, 4, 2]);

    await expectNoTensorLeak(() => {
      segmentMarks(marks, { segment: 2, segments: 2, variates: 3 }).dispose();
    });
  });
});
