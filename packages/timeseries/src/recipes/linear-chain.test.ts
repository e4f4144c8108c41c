import { initializer } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initLinearChain, linearChain, linearChainRules } from './linear-chain.ts';

beforeAll(() => tf.setBackend('cpu'));

const maps = () => [
  { weight: tf.tensor2d([[1, -1]]), bias: tf.tensor1d([0, 1]) },
  { weight: tf.tensor2d([[2], [3]]), bias: tf.tensor1d([1]) },
];

describe('linearChain', () => {
  it('is a linear map where there is one', async () => {
    await expectAllClose(linearChain(maps().slice(0, 1), tf.tensor2d([[2]]), 'tanh'), [2, -1], 0);
  });

  it.each([
    ['relu', (x: number) => Math.max(x, 0)],
    ['tanh', Math.tanh],
    // x Φ(x) at 2 and -1.
    ['gelu', (x: number) => (x === 2 ? 1.9544997 : -0.1586553)],
  ] as const)('puts %s between two', async (activation, of) => {
    const values = linearChain(maps(), tf.tensor2d([[2]]), activation);

    await expectAllClose(values, [2 * of(2) + 3 * of(-1) + 1], 1e-5);
  });

  it('has maps between successive widths', () => {
    const shapes = initLinearChain([3, 5, 2], initializer([1, 1])).map(
      ({ weight }) => weight.shape,
    );

    expect(shapes).toEqual([
      [3, 5],
      [5, 2],
    ]);
  });

  it('is named by itself, or as every third of a sequence', () => {
    const names = (length: number) =>
      linearChainRules('encoder', length).map(({ own, official }) => [own, official]);

    expect(names(1)[0]).toEqual(['encoder.0.weight', 'encoder.weight']);
    expect(names(2)[2]).toEqual(['encoder.1.weight', 'encoder.layers.3.weight']);
  });

  it('leaks no tensor', async () => {
    const [chain, x] = [maps(), tf.tensor2d([[2]])];

    await expectNoTensorLeak(() => linearChain(chain, x, 'gelu').dispose());
  });
});
