import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { forecastQuantiles, forecastValues } from './token-forecast.ts';

beforeAll(() => tf.setBackend('cpu'));

const levels = [0.1, 0.5, 0.9];
/** One sample of two variates, two values of three quantiles each: 100 v + 10 h + q. */
const rows = (): tf.Tensor2D =>
  tf.tensor2d([
    [0, 1, 2, 10, 11, 12],
    [100, 101, 102, 110, 111, 112],
  ]);

describe('forecastValues', () => {
  it('gives the numbers of a point forecast by time and variate', async () => {
    const points = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);

    await expectAllClose(forecastValues(points, { variates: 2 }), [1, 3, 2, 4], 0);
  });

  it('gives the medians of quantiles', async () => {
    const values = forecastValues(rows(), { variates: 2, levels });

    expect(values.shape).toEqual([1, 2, 2]);
    await expectAllClose(values, [1, 101, 11, 111], 0);
  });
});

describe('forecastQuantiles', () => {
  it('orders them by time, variate and level', async () => {
    const quantiles = forecastQuantiles(rows(), { variates: 2, levels });

    expect(quantiles.shape).toEqual([1, 2, 2, 3]);
    await expectAllClose(quantiles, [0, 1, 2, 100, 101, 102, 10, 11, 12, 110, 111, 112], 0);
  });

  it('leaks no tensor, nor does forecastValues', async () => {
    const x = rows();

    await expectNoTensorLeak(() => {
      forecastQuantiles(x, { variates: 2, levels }).dispose();
      forecastValues(x, { variates: 2, levels }).dispose();
    });
  });
});
