import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import {
  areaMatrix,
  bicubicMatrix,
  bilinearMatrix,
  doubleNearest,
  resizeMaps,
} from './resample.ts';
import type { ResizeMatrix } from './resample.ts';

beforeAll(() => tf.setBackend('cpu'));

const rowsOf = ({ from, to, weights }: ResizeMatrix): number[][] =>
  Array.from({ length: to }, (_, row) => [...weights.subarray(row * from, (row + 1) * from)]);

describe('areaMatrix', () => {
  it('averages the cells that each new cell touches', () => {
    expect(rowsOf(areaMatrix(4, 2))).toEqual([
      [0.5, 0.5, 0, 0],
      [0, 0, 0.5, 0.5],
    ]);
    expect(rowsOf(areaMatrix(3, 2))).toEqual([
      [0.5, 0.5, 0],
      [0, 0.5, 0.5],
    ]);
  });
});

describe('bilinearMatrix', () => {
  it('mixes neighbors by distance, clamped at the borders', () => {
    expect(rowsOf(bilinearMatrix(2, 4))).toEqual([
      [1, 0],
      [0.75, 0.25],
      [0.25, 0.75],
      [0, 1],
    ]);
  });
});

describe('bicubicMatrix', () => {
  it('has at a quarter the taps of cubic convolution with a = -0.75', () => {
    // Keys' kernel at distances 1.25, 0.25, 0.75 and 1.75.
    const [, , , row] = rowsOf(bicubicMatrix(4, 8));

    expect(row[0]).toBeCloseTo(-0.10546875, 6);
    expect(row[1]).toBeCloseTo(0.87890625, 6);
    expect(row[2]).toBeCloseTo(0.26171875, 6);
    expect(row[3]).toBeCloseTo(-0.03515625, 6);
  });

  it.each([
    [2, 5],
    [3, 4],
    [1, 3],
  ])('keeps a constant map from %i to %i', (from, to) => {
    for (const row of rowsOf(bicubicMatrix(from, to))) {
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
    }
  });
});

describe('resizeMaps', () => {
  it('resizes rows and columns of every channel and item', async () => {
    const x = tf.tensor4d([0, 10, 2, 10, 4, 10, 6, 10, 1, 0, 1, 0, 1, 0, 1, 0], [2, 2, 2, 2]);

    await expectAllClose(resizeMaps(x, areaMatrix(2, 1)), [3, 10, 1, 0], 1e-6);
  });

  it('leaks no tensor', async () => {
    const x = tf.zeros([1, 2, 2, 1]) as tf.Tensor4D;

    await expectNoTensorLeak(() => resizeMaps(x, bicubicMatrix(2, 3)).dispose());
  });
});

describe('doubleNearest', () => {
  it('repeats every cell twice in both directions', async () => {
    const doubled = doubleNearest(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]));

    await expectAllClose(doubled, [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4], 0);
  });

  it('sums the derivatives of each window, item by item', async () => {
    const x = tf.zeros([2, 1, 1, 1]) as tf.Tensor4D;
    const weigh = tf.tensor4d([1, 2, 3, 4, 10, 20, 30, 40], [2, 2, 2, 1]);

    const slope = tf.grad((y) => tf.sum(doubleNearest(y as tf.Tensor4D).mul(weigh)))(x);

    await expectAllClose(slope, [10, 100], 1e-5);
  });

  it('leaks no tensor', async () => {
    const x = tf.zeros([1, 2, 2, 1]) as tf.Tensor4D;

    await expectNoTensorLeak(() => {
      tf.tidy(() => doubleNearest(x)).dispose();
      doubleNearest(x).dispose();
    });
  });
});
