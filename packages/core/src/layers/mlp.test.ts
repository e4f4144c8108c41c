import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { gatedMlp, mlp } from './mlp.ts';

beforeAll(() => tf.setBackend('cpu'));

const one = (value: number): tf.Tensor2D => tf.tensor2d([value], [1, 1]);
const x = tf.tensor3d([3], [1, 1, 1]);
const double = <T extends tf.Tensor>(values: T): T => values.mul(2) as T;

describe('mlp', () => {
  it('is down of the activation of up', async () => {
    const { apply } = mlp({ width: 1, hidden: 1, activation: double });
    const params = {
      up: { weight: one(5), bias: tf.tensor1d([1]) },
      down: { weight: one(10), bias: tf.tensor1d([7]) },
    };

    await expectAllClose(apply(params, x), [2 * (3 * 5 + 1) * 10 + 7], 1e-4);
  });

  it('leaks no tensor', async () => {
    const part = mlp({ width: 1, hidden: 2 });
    const params = part.init(initializer([1, 1]));

    await expectNoTensorLeak(() => part.apply(params, x).dispose());
  });
});

describe('gatedMlp', () => {
  it('multiplies the activation of the gate with up', async () => {
    const { apply } = gatedMlp({ width: 1, hidden: 1, activation: double });
    const params = { gate: { weight: one(2) }, up: { weight: one(5) }, down: { weight: one(10) } };

    await expectAllClose(apply(params, x), [2 * (3 * 2) * (3 * 5) * 10], 1e-3);
  });

  it('has three weights and no bias', () => {
    const params = gatedMlp({ width: 2, hidden: 3 }).init(initializer([1, 1]));

    expect(Object.entries(params).map(([name, part]) => [name, Object.keys(part)])).toEqual([
      ['gate', ['weight']],
      ['up', ['weight']],
      ['down', ['weight']],
    ]);
  });

  it('leaks no tensor', async () => {
    const part = gatedMlp({ width: 1, hidden: 2 });
    const params = part.init(initializer([1, 1]));

    await expectNoTensorLeak(() => part.apply(params, x).dispose());
  });
});
