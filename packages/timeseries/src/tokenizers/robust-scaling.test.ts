import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { robustScaling } from './robust-scaling.ts';

beforeAll(() => tf.setBackend('cpu'));

const scaled = (values: number[]): tf.Tensor2D => {
  const rows = tf.tensor2d([values]);
  return robustScaling.normalize(rows, robustScaling.statistics(rows));
};

describe('robustScaling', () => {
  it('takes mean and mean absolute deviation of the values that are there', async () => {
    const { mean, deviation } = robustScaling.statistics(tf.tensor2d([[1, NaN, 3, 8]]));

    await expectAllClose(mean, [4], 1e-6);
    await expectAllClose(deviation, [8 / 3], 1e-6);
  });

  it('gives the inverse hyperbolic sine of standardized values', async () => {
    await expectAllClose(scaled([0, 4]), [-Math.asinh(1), Math.asinh(1)], 1e-6);
  });

  it('leaves missing values missing', async () => {
    expect(Array.from(await scaled([0, NaN, 4]).data(), Number.isNaN)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('brings forecasts back into the units of the window', async () => {
    const rows = tf.tensor2d([[3, -5, 1e3]]);
    const statistics = robustScaling.statistics(rows);

    const back = robustScaling.denormalize(robustScaling.normalize(rows, statistics), statistics);

    await expectAllClose(back, [3, -5, 1e3], 1e-2);
  });

  it.each([
    ['a constant row', [7, 7, 7]],
    ['a row of zeros', [0, 0]],
    ['values of 1e30', [1e30, -1e30, 2e30]],
    ['values of 1e-30', [1e-30, 2e-30]],
  ])('stays finite and of the size of 1 for %s', async (_, values) => {
    for (const value of await scaled(values).data()) expect(Math.abs(value)).toBeLessThan(2);
  });

  it('gives zeros for a constant row and the level 0 to a row without values', async () => {
    await expectAllClose(scaled([7, 7, 7]), [0, 0, 0], 0);
    await expectAllClose(robustScaling.statistics(tf.tensor2d([[NaN, NaN]])).mean, [0], 0);
  });

  it('leaks no tensor', async () => {
    const rows = tf.tensor2d([[1, 2, 4]]);

    await expectNoTensorLeak(() => {
      const statistics = robustScaling.statistics(rows);
      const normalized = robustScaling.normalize(rows, statistics);
      tf.dispose([statistics, normalized, robustScaling.denormalize(normalized, statistics)]);
    });
  });
});
