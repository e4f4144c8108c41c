import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { geluErf, geluTanh, silu } from './activation.ts';
import { hasFusedKernels } from './fused-kernels.ts';
import type { FusedKernel } from './fused-kernels.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import { gatedAdd, modulate } from './modulation.ts';
import { l2Normalize, rootMeanSquareNormalize, standardize } from './normalize.ts';

/** What a stand-in of a kernel was called with. */
interface Call {
  readonly name: FusedKernel;
  readonly inputs: Record<string, number[]>;
  readonly attributes: Record<string, number>;
}

/** Shapes of what each kernel gives, by the input that has the same; `row` is one value a row of x. */
const outputs: Record<FusedKernel, string[]> = {
  NextxActivation: ['x'],
  NextxActivationGrad: ['x'],
  NextxNormalize: ['x', 'row'],
  NextxNormalizeGrad: ['y'],
  NextxSoftmax: ['x'],
  NextxSoftmaxGrad: ['y'],
  NextxModulate: ['x'],
  NextxModulateGrad: ['x', 'scale', 'scale'],
  NextxGatedAdd: ['x'],
  NextxGatedAddGrad: ['values', 'gate'],
  NextxWriteRows: ['rows'],
};

let calls: Call[] = [];

beforeEach(async () => {
  await tf.setBackend('cpu');
  calls = [];
  for (const [kernelName, like] of Object.entries(outputs)) {
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      // The stand-in's outputs are filled with their number, 1, 2 and so on.
      kernelFunc: ({ inputs, attrs }) => {
        const given = inputs as Record<string, tf.TensorInfo>;
        calls.push({
          name: kernelName as FusedKernel,
          inputs: Object.fromEntries(Object.entries(given).map(([key, info]) => [key, info.shape])),
          attributes: { ...(attrs as Record<string, number>) },
        });
        return like.map((name, index) => {
          const shape = name === 'row' ? [...given['x'].shape.slice(0, -1), 1] : given[name].shape;
          return tf.fill(shape, index + 1);
        });
      },
    });
  }
});

afterEach(() => Object.keys(outputs).forEach((name) => tf.unregisterKernel(name, 'cpu')));

const x = (): tf.Tensor3D => tf.zeros([2, 3, 4]);
const vector = (): tf.Tensor3D => tf.zeros([2, 1, 4]);

describe('fused kernels of an engine', () => {
  it('are seen on the engine that has them only', async () => {
    expect(hasFusedKernels()).toBe(true);
    await tf.setBackend('wasm');
    expect(hasFusedKernels()).toBe(false);
  });

  it.each([
    ['geluTanh', geluTanh, 0],
    ['geluErf', geluErf, 1],
    ['silu', silu, 2],
  ] as const)('compute %s and its derivative', async (_, activation, kind) => {
    const slope = tf.grad((values) => activation(values))(x());

    expect((await activation(x()).data())[0]).toBe(1);
    expect((await slope.data())[0]).toBe(1);
    expect(calls.slice(0, 2)).toEqual([
      { name: 'NextxActivation', inputs: { x: [2, 3, 4] }, attributes: { kind } },
      {
        name: 'NextxActivationGrad',
        inputs: { x: [2, 3, 4], dy: [2, 3, 4] },
        attributes: { kind },
      },
    ]);
  });

  it.each([
    [
      'standardize',
      (values: tf.Tensor) => standardize(values, [2], 0.5),
      { kind: 0, epsilon: 0.5 },
    ],
    ['rms', (values: tf.Tensor) => rootMeanSquareNormalize(values, 0.5), { kind: 1, epsilon: 0.5 }],
    ['l2', l2Normalize, { kind: 2, epsilon: 1e-24 }],
  ] as const)('normalize rows: %s', (_, normalize, attributes) => {
    tf.grad(normalize)(x());

    expect(calls).toEqual([
      { name: 'NextxNormalize', inputs: { x: [2, 3, 4] }, attributes },
      {
        name: 'NextxNormalizeGrad',
        inputs: { y: [2, 3, 4], inverse: [2, 3, 1], dy: [2, 3, 4] },
        attributes: { kind: attributes.kind },
      },
    ]);
  });

  it('leave other axes than the last to tfjs', () => {
    standardize(x(), [1, 2], 0.5);

    expect(calls).toEqual([]);
  });

  it('add a mask of rows themselves, and are given the sum for any other', () => {
    maskedSoftmax(x(), tf.zeros([3, 4]));
    maskedSoftmax(x(), tf.zeros([2, 1, 4]));
    maskedSoftmax(x(), undefined);

    expect(calls.map(({ inputs }) => inputs['mask'])).toEqual([[3, 4], [0], [0]]);
  });

  it('give each operand of a modulation its derivative', async () => {
    const slopes = tf.grads((values, scale, shift) =>
      modulate(values as tf.Tensor3D, {
        scale: scale as tf.Tensor3D,
        shift: shift as tf.Tensor3D,
      }),
    )([x(), vector(), vector()]);

    const first = await Promise.all(slopes.map(async (slope) => (await slope.data())[0]));
    expect(first).toEqual([1, 2, 3]);
    expect(slopes.map(({ shape }) => shape)).toEqual([
      [2, 3, 4],
      [2, 1, 4],
      [2, 1, 4],
    ]);
  });

  it('give each operand of a gated sum its derivative, that of the stream unchanged', async () => {
    const slopes = tf.grads((stream, values, gate) =>
      gatedAdd(stream as tf.Tensor3D, values as tf.Tensor3D, gate as tf.Tensor3D),
    )([x(), x(), vector()], tf.fill([2, 3, 4], 7));

    const first = await Promise.all(slopes.map(async (slope) => (await slope.data())[0]));
    expect(first).toEqual([7, 1, 2]);
  });
});
