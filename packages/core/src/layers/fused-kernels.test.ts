import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShapeError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { activatedLinear, geluErf, geluTanh, silu } from './activation.ts';
import { selfAttention } from './attention.ts';
import { hasFusedKernels } from './fused-kernels.ts';
import type { FusedKernel } from './fused-kernels.ts';
import { joinHeads, splitHeads } from './heads.ts';
import { linear } from './linear.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import { gatedAdd, modulate, modulatedNorm } from './modulation.ts';
import { layerNorm } from './norm.ts';
import type { Norm } from './norm.ts';
import { l2Normalize, rootMeanSquareNormalize, standardize } from './normalize.ts';

/** What a stand-in of a kernel was called with. */
interface Call {
  readonly name: FusedKernel;
  readonly inputs: Record<string, number[]>;
  readonly attributes: Record<string, number>;
}

type Shapes = Record<string, number[]>;

/** Shapes of what each kernel gives. */
const outputs: Record<FusedKernel, (given: Shapes, attributes: Call['attributes']) => number[][]> =
  {
    NextxActivation: ({ x }) => [x],
    NextxActivationGrad: ({ x, bias }) => [x, bias],
    NextxNormalize: ({ x }) => [x, [...x.slice(0, -1), 1]],
    NextxNormalizeGrad: ({ y }) => [y],
    NextxSoftmax: ({ x }) => [x],
    NextxSoftmaxGrad: ({ y }) => [y],
    NextxModulate: ({ x }) => [x],
    NextxModulateGrad: ({ x, scale }) => [x, scale, scale],
    NextxGatedAdd: ({ x }) => [x],
    NextxGatedAddGrad: ({ values, gate }) => [values, gate],
    NextxSplitHeads: ({ x: [batch, n] }, { queries, keys, size }) =>
      [queries, keys, keys].map((heads) => [batch, heads, n, size]),
    NextxJoinHeads: ({ q: [batch, heads, n, size], ...others }) => {
      const more = Object.values(others).map(({ 1: count = 0 }) => count);
      return [[batch, n, more.reduce((sum, count) => sum + count, heads) * size]];
    },
    NextxWriteRows: () => [[0]],
    NextxHeads: ({ x: [batch, n] }, { queries, keys, size }) =>
      [queries, keys, keys].map((heads) => [batch, heads, n, size]),
    NextxModulatedNorm: ({ x }) => [x],
    NextxLinear: ({ x, weight }) => [[...x.slice(0, -1), weight[1]]],
    NextxAttend: ({ q: [batch, heads, n, size] }) => [[batch, n, heads * size]],
  };

let calls: Call[] = [];

beforeEach(async () => {
  await tf.setBackend('cpu');
  calls = [];
  for (const [kernelName, shapesOf] of Object.entries(outputs)) {
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      // The stand-in's outputs are filled with their number, 1, 2 and so on.
      kernelFunc: ({ inputs, attrs }) => {
        const given = Object.fromEntries(
          Object.entries(inputs).map(([key, info]) => [key, (info as tf.TensorInfo).shape]),
        );
        const attributes = { ...(attrs as Record<string, number>) };
        calls.push({ name: kernelName as FusedKernel, inputs: given, attributes });
        return shapesOf(given, attributes).map((shape, index) => tf.fill(shape, index + 1));
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
      { name: 'NextxActivation', inputs: { x: [2, 3, 4], bias: [0] }, attributes: { kind } },
      {
        name: 'NextxActivationGrad',
        inputs: { x: [2, 3, 4], bias: [0], dy: [2, 3, 4] },
        attributes: { kind },
      },
    ]);
  });

  it('take the bias of the product before an activation', async () => {
    const weight: tf.Tensor2D = tf.zeros([4, 5]);
    const slopes = tf.grads((bias) =>
      activatedLinear(geluTanh, { weight, bias: bias as tf.Tensor1D }, x()),
    )([tf.zeros([5])]);

    expect((await slopes[0].data())[0]).toBe(2);
    expect(calls[0].inputs).toEqual({ x: [2, 3, 5], bias: [5] });
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

  it('are those without derivatives where none is asked for', () => {
    const names = (width: number, mask?: tf.Tensor): string[] => {
      calls = [];
      const attention = selfAttention({ width, heads: 1, hasBias: true });
      const params = attention.init(initializer([1, 1]));
      const cache = tf.zeros([1, 1, 9, width]) as tf.Tensor4D;
      attention.apply(params, tf.zeros([1, 2, width]), {
        remember: () => ({ keys: cache, values: cache, count: 5 }),
        ...(mask && { mask }),
      });
      return calls.map(({ name }) => name);
    };
    const fused = ['NextxLinear', 'NextxHeads', 'NextxAttend', 'NextxLinear'];
    const composed = ['NextxLinear', 'NextxHeads', 'NextxSoftmax', 'NextxJoinHeads', 'NextxLinear'];

    expect(names(32)).toEqual(fused);
    expect(calls[0].inputs).toEqual({ x: [1, 2, 32], weight: [32, 96], bias: [0] });
    expect(calls[1].inputs).toEqual({
      x: [1, 2, 96],
      queryBias: [32],
      keyBias: [0],
      valueBias: [32],
      logScale: [0],
    });
    expect(calls[2].attributes).toEqual({ seen: 5 });
    expect(names(32, tf.zeros([2, 5]))).toEqual(fused);
    expect(calls[2].inputs['mask']).toEqual([2, 5]);
    // Heads that are no whole panels, and a mask of every head.
    expect(names(16)).toEqual(composed);
    expect(names(32, tf.zeros([1, 1, 2, 5]))).toEqual(composed);
  });

  it('take a linear layer with its activation, and leave it to tfjs where its derivative is asked for', () => {
    const layer = { weight: tf.zeros([4, 5]) as tf.Tensor2D, bias: tf.zeros([5]) as tf.Tensor1D };
    activatedLinear(silu, layer, x());
    const inference = calls;
    calls = [];
    tf.grad((values) => activatedLinear(silu, layer, values as tf.Tensor3D))(x());

    expect(inference).toEqual([
      {
        name: 'NextxLinear',
        inputs: { x: [2, 3, 4], weight: [4, 5], bias: [5] },
        attributes: { kind: 2 },
      },
    ]);
    expect(calls.map(({ name }) => name)).toEqual(['NextxActivation', 'NextxActivationGrad']);
  });

  it('leave integers to tfjs, and refuse rows of another width as it does', () => {
    const layer = { weight: tf.zeros([4, 5]) as tf.Tensor2D };

    linear(layer, tf.zeros([2, 4], 'int32'));

    expect(calls).toEqual([]);
    expect(() => activatedLinear(silu, layer, tf.zeros([2, 3]))).toThrow(ShapeError);
  });

  it('modulate a norm without weights in one pass', () => {
    const modulation = { scale: vector(), shift: vector() };
    const names = (norm: Norm): string[] => {
      calls = [];
      modulatedNorm({ norm, params: norm.init(4, initializer([1, 1])) }, x(), modulation);
      return calls.map(({ name }) => name);
    };

    expect(names(layerNorm({ isAffine: false, epsilon: 0.5 }))).toEqual(['NextxModulatedNorm']);
    expect(calls[0].attributes).toEqual({ kind: 0, epsilon: 0.5 });
    expect(names(layerNorm())).toEqual(['NextxNormalize', 'NextxModulate']);
  });

  it('split rows into heads and join their derivatives, and the opposite', async () => {
    const sizes = { heads: 2, keyValueHeads: 1, headSize: 3 };
    const rows: tf.Tensor3D = tf.zeros([1, 5, 12]);
    const splitSlope = tf.grad((given) => {
      const [q, k, v] = splitHeads(given as tf.Tensor3D, sizes);
      return tf.add(tf.add(tf.sum(q), tf.sum(k)), tf.sum(v));
    })(rows);
    const joinSlope = tf.grad((heads) => joinHeads(heads as tf.Tensor4D))(tf.zeros([1, 2, 5, 3]));

    expect([splitSlope.shape, joinSlope.shape]).toEqual([
      [1, 5, 12],
      [1, 2, 5, 3],
    ]);
    expect(calls.map(({ name }) => name)).toEqual([
      'NextxSplitHeads',
      'NextxJoinHeads',
      'NextxJoinHeads',
      'NextxSplitHeads',
    ]);
  });
});
