import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { variateTokens } from './variate-tokens.ts';

beforeAll(() => tf.setBackend('cpu'));

/** The sum of the two values, and the last one plus 10. */
const embedding = () => ({
  weight: tf.tensor2d([1, 0, 1, 1], [2, 2]),
  bias: tf.tensor1d([0, 10]),
});
/** Two samples of two variates. */
const rows = () => tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);

describe('variateTokens', () => {
  it('gives the past of every variate one token', async () => {
    const tokens = variateTokens(embedding(), { rows: rows(), batch: 2, marks: undefined });

    expect(tokens.shape).toEqual([2, 2, 2]);
    await expectAllClose(tokens, [3, 12, 7, 14, 11, 16, 15, 18], 1e-6);
  });

  it('puts behind them a token for every mark, by the same map', async () => {
    const marks = tf.tensor3d([0.5, 0.25, 0, 0], [2, 2, 1]);

    const tokens = variateTokens(embedding(), { rows: rows(), batch: 2, marks });

    await expectAllClose(tokens, [3, 12, 7, 14, 0.75, 10.25, 11, 16, 15, 18, 0, 10], 1e-6);
  });

  it('keeps only its result', async () => {
    const [map, past] = [embedding(), rows()];

    await expectNoTensorLeak(() =>
      variateTokens(map, { rows: past, batch: 2, marks: undefined }).dispose(),
    );
  });
});
