import { OptionError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { joinedWindowSet, variateWindowSet, windowSet } from './window-set.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Row r of variate v is 10 r + v; its mark is r. */
const tables = {
  values: {
    values: Float64Array.from({ length: 12 }, (_, i) => 10 * (i >> 1) + (i % 2)),
    columns: 2,
  },
  marks: { values: Float32Array.from({ length: 6 }, (_, i) => i), columns: 1 },
};
const size = { lookBack: 2, horizon: 1 };
const rows = { start: 1, end: 6 };

describe('windowSet', () => {
  it('has every window of the rows, with marks of the same times', async () => {
    const set = windowSet(tables, rows, size);

    const { values, marks } = set.batch([2]);

    expect(set.count).toBe(3);
    await expectAllClose(values, [30, 31, 40, 41, 50, 51], 0);
    await expectAllClose(marks as tf.Tensor, [3, 4, 5], 0);
  });
});

describe('variateWindowSet', () => {
  it('has every window of every variate, with marks of the same times', async () => {
    const set = variateWindowSet(tables, rows, size);

    const { values, marks } = set.batch([5, 0]);

    expect(set.count).toBe(6);
    expect(values.shape).toEqual([2, 3, 1]);
    await expectAllClose(values, [31, 41, 51, 10, 20, 30], 0);
    await expectAllClose(marks as tf.Tensor, [3, 4, 5, 1, 2, 3], 0);
  });

  it('leaks no tensor, nor does windowSet', async () => {
    await expectNoTensorLeak(() => {
      for (const set of [windowSet, variateWindowSet]) {
        tf.dispose({ ...set(tables, rows, size).batch([0, 1]) });
      }
    });
  });
});

describe('joinedWindowSet', () => {
  const set = windowSet(tables, rows, size);
  const unmarked = windowSet({ values: tables.values }, { start: 0, end: 3 }, size);

  it('counts through its sets', async () => {
    const both = joinedWindowSet([set, set]);

    const { values, marks } = both.batch([5, 1]);

    expect(both.count).toBe(6);
    await expectAllClose(values, [20, 21, 30, 31, 40, 41, 30, 31, 40, 41, 50, 51], 0);
    await expectAllClose(marks as tf.Tensor, [2, 3, 4, 3, 4, 5], 0);
  });

  it('refuses sets of which only some have marks', () => {
    expect(() => joinedWindowSet([set, unmarked]).batch([0, 3])).toThrow(/1 of 2 with marks/);
  });

  it('leaks no tensor, nor when it refuses', async () => {
    await expectNoTensorLeak(() => {
      tf.dispose({ ...joinedWindowSet([set, set]).batch([0, 4]) });
      expect(() => joinedWindowSet([set, unmarked]).batch([0, 3])).toThrow(OptionError);
    });
  });
});
