import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { embed } from './embedding.ts';

beforeAll(() => tf.setBackend('cpu'));

const table = (): tf.Tensor2D => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);

describe('embed', () => {
  it('looks up a row for every id, in the shape of the ids', async () => {
    const rows = embed(table(), tf.tensor2d([2, 0, 0, 1], [2, 2], 'int32'));

    await expectAllClose(rows, [5, 6, 1, 2, 1, 2, 3, 4], 0);
  });

  it('adds up the derivatives of a row that is used twice, and gives none to others', async () => {
    const ids = tf.tensor1d([2, 0, 0], 'int32');
    const weigh = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);

    const slope = tf.grad((rows) => tf.sum(embed(rows as tf.Tensor2D, ids).mul(weigh)))(table());

    await expectAllClose(slope, [8, 10, 0, 0, 1, 2], 1e-6);
  });

  it('leaks no tensor', async () => {
    const rows = table();
    const ids = tf.tensor1d([1], 'int32');

    await expectNoTensorLeak(() => embed(rows, ids).dispose());
  });
});
