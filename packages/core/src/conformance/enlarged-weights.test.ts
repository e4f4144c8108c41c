import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { normals } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { enlargedWeights } from './enlarged-weights.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('enlargedWeights', () => {
  it('adds a fifth of normal numbers, a stream of its own for each weight', async () => {
    const { first, second } = enlargedWeights(
      { first: tf.zeros([2]), second: tf.ones([1]) },
      [1, 2],
    );

    const [a, b] = normals(foldIn([1, 2], 0), 2);
    const [c] = normals(foldIn([1, 2], 1), 1);
    await expectAllClose(first, [0.2 * a, 0.2 * b], 1e-6);
    await expectAllClose(second, [1 + 0.2 * c], 1e-6);
  });

  it('leaves as many tensors as it was given', async () => {
    await expectNoTensorLeak(() => enlargedWeights({ only: tf.zeros([2]) }, [1, 2]).only.dispose());
  });
});
