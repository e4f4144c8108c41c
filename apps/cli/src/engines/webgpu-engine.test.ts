import { ResourceError, UnsupportedError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activateCpu } from './cpu-engine.ts';
import { activateWebGpu, webGpuStatus } from './webgpu-engine.ts';

/** A WebGPU implementation that finds no adapter. */
const openWithoutAdapter = async (): Promise<GPU> =>
  ({ requestAdapter: async () => null }) as unknown as GPU; // the only method that is called

const openWithoutPackage = async (): Promise<GPU> => {
  throw new UnsupportedError('webgpu: the package must load, it did not.');
};

const hasAdapter = (await webGpuStatus()).available;

describe('activateWebGpu', () => {
  it('throws NOT_FOUND and says what to install where there is no adapter', async () => {
    const starting = activateWebGpu(openWithoutAdapter);

    await expect(starting).rejects.toThrow(ResourceError);
    await expect(starting).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(starting).rejects.toThrow('libvulkan1');
  });
});

describe('webGpuStatus', () => {
  it('names the driver as the remedy where there is no adapter', async () => {
    const status = await webGpuStatus(openWithoutAdapter);

    expect(status).toMatchObject({ available: false, reason: 'no GPU adapter' });
    expect(status.remedy).toContain('VK_DRIVER_FILES');
  });

  it('names the package as the remedy where it does not load', async () => {
    expect(await webGpuStatus(openWithoutPackage)).toMatchObject({
      available: false,
      remedy: 'npm install webgpu@0.6.2',
    });
  });
});

describe.skipIf(!hasAdapter)('the WebGPU engine (needs a WebGPU adapter)', () => {
  beforeAll(async () => {
    await activateWebGpu();
  });

  afterAll(() => {
    tf.removeBackend('webgpu');
  });

  it('names the adapter, again on a second call', async () => {
    const { adapter } = await activateWebGpu();

    expect(adapter).toBe((await webGpuStatus()).reason);
    expect(tf.getBackend()).toBe('webgpu');
  });

  it('computes a product and its gradient', async () => {
    const square = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const product = tf.matMul(square, square);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.matMul(x, x)))(square);

    expect([...(await product.data())]).toEqual([7, 10, 15, 22]);
    expect([...(await gradient.data())]).toEqual([7, 11, 9, 13]); // (row sums of x)[j] + (column sums of x)[i]
    tf.dispose([square, product, gradient]);
  });

  it.each(Object.keys(trainingOperations()))('agrees with plain JavaScript on %s', async (name) => {
    const expected = await valuesOn('cpu', name);
    const actual = await valuesOn('webgpu', name);

    expect(actual).toHaveLength(expected.length);
    const largest = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
    expect(largest).toBeLessThan(1e-4 * Math.max(1, ...expected.map(Math.abs))); // float32, other sum order
  });

  it('rejects every read after a command that the device refused', async () => {
    const one = tf.ones([40, 40]);
    const sum = tf.addN(Array.from({ length: 200 }, () => one)); // more buffers than any adapter binds

    await expect(sum.data()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    await expect(tf.add(one, one).data()).rejects.toThrow(ResourceError);
    tf.dispose([one, sum]);
  });
});

/** Operations of a training step with the shapes of their inputs, too large to be handed back to the processor. */
function trainingOperations(): Record<
  string,
  { shapes: number[][]; run: (...inputs: tf.Tensor[]) => tf.Tensor }
> {
  const ids = Array.from({ length: 50 }, (_, i) => (i * 7) % 30); // some rows twice, some never
  const conv = (stride: 1 | 2, pad: 'same' | 'valid') => ({
    shapes: [
      [2, 14, 14, 6],
      [3, 3, 6, 8],
    ],
    run: (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
  });
  const product = (left: boolean, right: boolean) => ({
    shapes: [left ? [2, 3, 16, 20] : [2, 3, 20, 16], right ? [2, 3, 24, 16] : [2, 3, 16, 24]],
    run: (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, left, right),
  });
  return {
    'conv2d, stride 1, same': conv(1, 'same'),
    'conv2d, stride 2, same': conv(2, 'same'),
    'conv2d, stride 2, valid': conv(2, 'valid'),
    matMul: product(false, false),
    'matMul, right transposed': product(false, true),
    'matMul, left transposed': product(true, false),
    gather: { shapes: [[64, 40]], run: (x) => tf.gather(x, tf.tensor1d(ids, 'int32')) },
    logSoftmax: { shapes: [[40, 60]], run: (x) => tf.logSoftmax(x) },
    gelu: { shapes: [[40, 60]], run: (x) => tf.mul(x, tf.add(1, tf.erf(x))) },
    'sigmoid and tanh': { shapes: [[40, 60]], run: (x) => tf.mul(tf.sigmoid(x), tf.tanh(x)) },
    'root mean square': {
      shapes: [[40, 60]],
      run: (x) => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))),
    },
    'transpose of four axes': {
      shapes: [[3, 12, 10, 8]],
      run: (x) => tf.transpose(x, [0, 2, 1, 3]),
    },
    'slice, pad and tile': {
      shapes: [[40, 60]],
      run: (x) =>
        tf.tile(
          tf.pad2d(tf.slice2d(x as tf.Tensor2D, [3, 5], [30, 50]), [
            [1, 2],
            [0, 4],
          ]),
          [2, 1],
        ),
    },
  };
}

/** The value of an operation and its gradients by every input, all in one list, computed by one backend. */
async function valuesOn(backend: string, name: string): Promise<number[]> {
  if (backend === 'cpu') await activateCpu();
  else await activateWebGpu();
  const { shapes, run } = trainingOperations()[name];
  const inputs = shapes.map((shape, i) => tf.randomUniform(shape, -1, 1, 'float32', i + 1));
  const value = tf.tidy(() => run(...inputs));
  const { grads } = tf.valueAndGrads((...x: tf.Tensor[]) => tf.sum(tf.square(run(...x))))(inputs);
  const results = await Promise.all([value, ...grads].map((tensor) => tensor.data()));
  tf.dispose([...inputs, value, ...grads]);
  return results.flatMap((values) => [...values]);
}
