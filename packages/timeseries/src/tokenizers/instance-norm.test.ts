import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { denormalizeRows, normalizeRows, rowStatistics } from './instance-norm.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('rowStatistics', () => {
  it('divides the variance by n and adds 1e-5 inside the root', async () => {
    const { mean, deviation } = rowStatistics(tf.tensor2d([[1, 3, 5, 7]]));

    await expectAllClose(mean, [4], 0);
    await expectAllClose(deviation, [Math.sqrt(5 + 1e-5)], 1e-6);
  });

  it('leaves a constant row finite', async () => {
    const rows = tf.tensor2d([[2, 2]]);

    await expectAllClose(normalizeRows(rows, rowStatistics(rows)), [0, 0], 0);
  });
});

describe('normalizeRows', () => {
  it('is undone by denormalizeRows', async () => {
    const rows = tf.tensor2d([
      [1, 2, 6],
      [-3, 0, 3],
    ]);
    const statistics = rowStatistics(rows);

    const back = denormalizeRows(normalizeRows(rows, statistics), statistics);

    await expectAllClose(back, [1, 2, 6, -3, 0, 3], 1e-5);
  });

  it('leaks no tensor, nor do the others', async () => {
    const rows = tf.tensor2d([[1, 2, 6]]);

    await expectNoTensorLeak(() => {
      const statistics = rowStatistics(rows);
      const normalized = normalizeRows(rows, statistics);
      tf.dispose([statistics, normalized, denormalizeRows(normalized, statistics)]);
    });
    expect(rows.isDisposed).toBe(false);
  });
});
