import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { conv2d, initConv2d } from './conv2d.ts';
import type { Conv2dParams, Conv2dStride } from './conv2d.ts';

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(wasm) + sep);
  await tf.setBackend('cpu');
});
afterAll(() => tf.setBackend('cpu'));

const random = (shape: number[], key: number): tf.Tensor => initializer([key, 3]).normal(shape, 1);

describe('conv2d', () => {
  it('sums a window of 3 x 3 with zeros around the picture', async () => {
    const params = { weight: tf.ones([3, 3, 1, 1]), bias: tf.tensor1d([10]) } as Conv2dParams;
    const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);

    await expectAllClose(conv2d(params, x), [20, 20, 20, 20], 1e-6);
  });

  it('without padding gives the windows that lie inside', () => {
    const params = initConv2d({ inChannels: 2, outChannels: 5 }, initializer([1, 1]));

    expect(conv2d(params, tf.zeros([1, 7, 6, 2]), { padding: 'valid' }).shape).toEqual([
      1, 5, 4, 5,
    ]);
    expect(conv2d(params, tf.zeros([1, 7, 6, 2]), { stride: 2 }).shape).toEqual([1, 4, 3, 5]);
  });

  it('at 1 x 1 is a linear map of every cell', async () => {
    const params = {
      weight: tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]),
      bias: tf.tensor1d([0, 1]),
    } as Conv2dParams;

    await expectAllClose(
      conv2d(params, tf.tensor4d([1, 1, 0, 2], [1, 1, 2, 2])),
      [4, 7, 6, 9],
      1e-6,
    );
  });

  const cases: (Conv2dStride & { side: number })[] = [
    { stride: 1, padding: 'same', side: 5 },
    { stride: 2, padding: 'same', side: 6 },
    { stride: 2, padding: 'same', side: 5 },
    { stride: 1, padding: 'valid', side: 5 },
    { stride: 2, padding: 'valid', side: 6 },
    { stride: 2, padding: 'valid', side: 7 },
  ];
  it.each(cases)('on wasm has the values and derivatives of plain JS: %j', async (options) => {
    const [results, missing]: [number[][], boolean[]] = [[], []];
    for (const engine of ['cpu', 'wasm']) {
      await tf.setBackend(engine);
      const x = random([2, options.side, options.side, 3], 1) as tf.Tensor4D;
      const weight = random([3, 3, 3, 4], 2) as tf.Tensor4D;
      const bias = random([4], 3) as tf.Tensor1D;
      const loss = (...[a, w, b]: tf.Tensor[]) =>
        tf.mean(
          tf.square(conv2d({ weight: w, bias: b } as Conv2dParams, a as tf.Tensor4D, options)),
        );
      const tensors = [conv2d({ weight, bias }, x, options), ...tf.grads(loss)([x, weight, bias])];
      const values = await Promise.all(tensors.map((tensor) => tensor.data()));
      results.push(values.flatMap((part) => [...part]));
      missing.push(tf.getKernel('Conv2DBackpropFilter', engine) === undefined);
    }

    // The engines must take different ways, or nothing is compared.
    expect(missing).toEqual([false, true]);
    expect(largestDifference(results[0], results[1])).toBeLessThanOrEqual(1e-4);
  });

  it.each([['cpu'], ['wasm']])('leaks no tensor on %s', async (engine) => {
    await tf.setBackend(engine);
    const params = initConv2d({ inChannels: 1, outChannels: 1 }, initializer([1, 1]));
    const x = tf.zeros([1, 4, 4, 1]) as tf.Tensor4D;

    await expectNoTensorLeak(() => {
      conv2d(params, x).dispose();
      tf.grad((y) => tf.sum(conv2d(params, y as tf.Tensor4D)))(x).dispose();
    });
  });
});

describe('initConv2d', () => {
  it('draws weight and bias uniformly within one over the root of the fan-in', async () => {
    await tf.setBackend('cpu');
    const { weight, bias } = initConv2d({ inChannels: 4, outChannels: 50 }, initializer([1, 1]));
    const bound = 1 / Math.sqrt(4 * 9);

    const largest = Math.max(...(await weight.abs().data()), ...(await bias.abs().data()));

    expect(weight.shape).toEqual([3, 3, 4, 50]);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.99 * bound);
  });
});
