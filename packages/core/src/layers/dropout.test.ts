import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { dropPath, dropout } from './dropout.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('dropout', () => {
  it('sets a share of the values to zero and keeps the mean', async () => {
    const values = await dropout(tf.ones([10000]) as tf.Tensor1D, 0.25, [1, 2]).data<'float32'>();

    const kept = values.filter((value) => value > 0);
    // Three standard deviations of a binomial share: 3 √(0.25 · 0.75 / 10000).
    expect(Math.abs(kept.length / 10000 - 0.75)).toBeLessThan(0.013);
    expect(new Set(kept)).toEqual(new Set([Math.fround(4 / 3)]));
    expect(values.reduce((sum, value) => sum + value, 0) / 10000).toBeCloseTo(1, 1);
  });

  it('is a function of its key', async () => {
    const run = async (key: [number, number]) => [
      ...(await dropout(tf.ones([64]), 0.5, key).data()),
    ];

    expect(await run([1, 2])).toEqual(await run([1, 2]));
    expect(await run([1, 2])).not.toEqual(await run([1, 3]));
  });

  it('at rate 0 changes nothing', async () => {
    const x = tf.tensor1d([1, -2]);

    expect([...(await dropout(x, 0, [1, 2]).data())]).toEqual([1, -2]);
  });

  it('leaks no tensor', async () => {
    const x = tf.tensor1d([1, -2]);

    await expectNoTensorLeak(() => {
      dropout(x, 0.5, [1, 2]).dispose();
      dropPath(x, 0.5, [1, 2]).dispose();
      dropout(x, 0, [1, 2]).dispose();
    });
  });
});

describe('dropPath', () => {
  it('drops or doubles whole items', async () => {
    const rows = (await dropPath(tf.ones([64, 3]), 0.5, [1, 2]).array()) as number[][];

    const kinds = new Set(rows.map((row) => row.join()));
    expect(kinds).toEqual(new Set(['0,0,0', '2,2,2']));
  });
});
