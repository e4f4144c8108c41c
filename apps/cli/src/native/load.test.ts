import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadNative } from './load.ts';
import { readInstalled } from './manifest.ts';

const installed =
  (await readInstalled('gpu').catch(() => undefined)) ??
  (await readInstalled('cpu').catch(() => undefined));

describe('loadNative', () => {
  it('says how to install where nothing is installed', async () => {
    const root = await mkdtemp(join(tmpdir(), 'nextx-native-'));
    try {
      await expect(loadNative({ root })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('Run "nextx native install"'),
      });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe.skipIf(installed === undefined)('loadNative (needs an installed native engine)', () => {
  it('computes a matmul and gradients on the tensors of this very tfjs-core', async () => {
    const { tensorflow } = await loadNative();
    await tf.setBackend('tensorflow');
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const b = tf.tensor2d([5, 6, 7, 8], [2, 2]);

    const product = tf.matMul(a, b);
    const [da, db] = tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.matMul(x, y)))([a, b]);

    expect(tensorflow).toBe(installed?.manifest.tensorflow);
    expect(product).toBeInstanceOf(tf.Tensor);
    expect([...(await product.data())]).toEqual([19, 22, 43, 50]);
    expect([...(await (da as tf.Tensor).data())]).toEqual([11, 15, 11, 15]);
    expect([...(await (db as tf.Tensor).data())]).toEqual([4, 4, 6, 6]);
  });

  it('rounds integers to themselves, and fractions to the nearest even number', async () => {
    await loadNative();
    await tf.setBackend('tensorflow');

    expect([...(await tf.round(tf.tensor1d([-7, 10], 'int32')).data())]).toEqual([-7, 10]);
    expect([...(await tf.round(tf.tensor1d([0.5, 1.5, -2.6])).data())]).toEqual([0, 2, -3]);
  });

  it('may be called twice', async () => {
    expect(await loadNative()).toEqual(await loadNative());
  });
});
