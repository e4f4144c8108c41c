import {
  KvCache,
  additiveMask,
  cosineSimilarity,
  geluErf,
  geluTanh,
  initializer,
  l2Normalize,
  layerNorm,
  linear,
  mapParams,
  mlp,
  namedParams,
  nextScale,
  planLength,
  rmsNorm,
  scaledDot,
  selfAttention,
  sharedAdaLayerNorm,
  silu,
  transformer,
  visibleMask,
} from '@nextx/core';
import type { LinearParams } from '@nextx/core';
import { largestDifference } from '@nextx/core/testing';
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { activateEngine } from '../engines/engine.ts';
import { nativeStatus } from '../engines/native-engine.ts';
import { registerFusedKernels } from './fused-kernels.ts';

const { available, reason } = await nativeStatus();

/** Sizes that leave a rest beside whole vectors, and one that is shared between threads. */
const shapes: [number, number][] = [
  [3, 5],
  [7, 33],
  [600, 130],
];

const activations = { geluTanh, geluErf, silu };

const layers: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  ...activations,
  layerNorm: (x) => layerNorm({ epsilon: 1e-3 }).apply({}, x),
  rmsNorm: (x) => rmsNorm({ epsilon: 1e-3 }).apply({}, x),
  l2Normalize,
};

/** Attention by name, and the rows of a call: cached with all of a tile and without, grouped, with heads of no whole panel. */
const attentions: [string, Parameters<typeof selfAttention>[0], number][] = [
  ['one row', { width: 64, heads: 2 }, 1],
  ['a tile and a rest', { width: 64, heads: 1, hasBias: true }, 29],
  ['cosine', { width: 96, heads: 3, hasBias: true, scaling: cosineSimilarity() }, 40],
  [
    'grouped, key biases',
    { width: 128, heads: 4, keyValueHeads: 2, hasBias: true, hasKeyBias: true },
    5,
  ],
  ['small heads, a scale', { width: 32, heads: 2, scaling: scaledDot({ scale: 0.5 }) }, 7],
];

/** Value and gradient of a layer on one engine, of numbers that are the same on all. */
async function evaluated(
  engine: 'native' | 'cpu',
  layer: (x: tf.Tensor) => tf.Tensor,
  shape: [number, number],
): Promise<Float32Array[]> {
  await activateEngine(engine);
  const x = initializer([1, 2]).normal(shape, 3);
  const weigh = initializer([3, 4]).normal(shape, 1);
  const gradient = tf.grad((values) => tf.sum(tf.mul(layer(values), weigh)))(x);
  return Promise.all([layer(x), gradient].map(async (tensor) => tensor.data<'float32'>()));
}

describe('registerFusedKernels', () => {
  it('leaves all products to TensorFlow where it rounds their factors', () => {
    const kernelFunc = (): never => {
      throw new Error('not to be called');
    };
    tf.registerKernel({ kernelName: 'Reshape', backendName: 'rounding', kernelFunc });

    registerFusedKernels(tf, 'rounding', { isBf16: true });

    const has = (name: string): boolean => tf.getKernel(name, 'rounding') !== undefined;
    expect(['NextxLinear', 'NextxAttend', 'NextxHeads'].map(has)).toEqual([false, false, true]);
  });
});

describe.skipIf(!available)(
  `fused kernels of the native engine${available ? '' : `: ${reason}`}`,
  () => {
    for (const [name, layer] of Object.entries(layers)) {
      it.each(shapes)(
        `compute ${name} of %i x %i and its derivative as plain JS does`,
        async (...shape) => {
          const [native, plain] = [
            await evaluated('native', layer, shape),
            await evaluated('cpu', layer, shape),
          ];

          for (const [index, values] of native.entries()) {
            expect(largestDifference(values, plain[index])).toBeLessThan(2e-5);
          }
        },
      );
    }

    it('pass NaN on', async () => {
      await activateEngine('native');

      for (const layer of Object.values(layers)) {
        expect((await layer(tf.tensor2d([[NaN, 1]])).data())[0]).toBeNaN();
      }
    });

    it.each([
      [1, 7, 5],
      [8, 192, 144],
      [9, 400, 100],
      [23, 33, 70],
      [144, 200, 48],
      [145, 40, 50],
    ])('multiply %i rows of %i values to %i as plain JS does', async (rows, depth, columns) => {
      for (const part of ['plain', 'biased', 'geluTanh', 'geluErf', 'silu'] as const) {
        const layer = { rows, depth, columns, part };
        const [native, plain] = [await linearOf('native', layer), await linearOf('cpu', layer)];

        expect(largestDifference(native, plain), part).toBeLessThan(2e-5);
      }
    });

    it.each([[[3]], [[200]], [[2, 3]], [[2, 100]]])(
      'multiply rows of leading axes %j and leave no data behind',
      async (leading) => {
        await activateEngine('native');
        const [x, weight, bias] = [tf.ones([...leading, 20]), tf.ones([20, 30]), tf.ones([30])];
        const count = (): number[] => [tf.backend().numDataIds(), tf.memory().numTensors];
        const before = count();

        for (const layer of [{ weight }, { weight, bias }]) {
          const y = linear(layer as LinearParams, x);
          expect(new Set(await y.data())).toEqual(new Set(['bias' in layer ? 21 : 20]));
          y.dispose();
        }

        expect(count()).toEqual(before);
        tf.dispose([x, weight, bias]);
      },
    );

    it('keep a factor that is not a number', async () => {
      await activateEngine('native');
      const attention = selfAttention({ width: 4, heads: 1, scaling: cosineSimilarity() });
      const params = attention.init(initializer([1, 2]));
      params.scaling.logScale = tf.tensor1d([NaN]);

      const mixed = attention.apply(params, tf.ones([1, 2, 4]), {});

      expect((await mixed.data())[0]).toBeNaN();
    });

    it('give nothing for no rows', async () => {
      await activateEngine('native');
      const attention = selfAttention({ width: 32, heads: 1 });

      const params = attention.init(initializer([1, 2]));

      expect(attention.apply(params, tf.zeros([1, 0, 32]), {}).shape).toEqual([1, 0, 32]);
    });

    it('give a row the same bits among any few', async () => {
      await activateEngine('native');
      const make = initializer([5, 5]);
      const x = make.normal([100, 400], 1) as tf.Tensor2D;
      const weight = make.normal([400, 130], 1) as tf.Tensor2D;
      const all = await tf.slice(linear({ weight }, x), [0, 0], [13, -1]).data();

      for (const count of [1, 8, 13]) {
        const few = await linear({ weight }, tf.slice(x, [0, 0], [count, -1])).data();

        expect([...few]).toEqual([...all.subarray(0, few.length)]);
      }
    });

    it.each(attentions)('attend as plain JS does: %s', async (_, options, rows) => {
      const [native, plain] = [
        await attended('native', options, rows),
        await attended('cpu', options, rows),
      ];

      for (const [index, values] of native.entries()) {
        expect(largestDifference(values, plain[index])).toBeLessThan(2e-5);
      }
    });

    it.each([true, false])(
      'compute a modulated transformer as plain JS does: affine %s',
      async (isAffine) => {
        const [native, plain] = [
          await transformerOutput('native', isAffine),
          await transformerOutput('cpu', isAffine),
        ];

        expect(largestDifference(native, plain)).toBeLessThan(1e-4);
      },
    );

    it('compute a modulated transformer and all its derivatives as plain JS does', async () => {
      const [native, plain] = [
        await transformerGradients('native'),
        await transformerGradients('cpu'),
      ];

      expect([...native.keys()]).toEqual([...plain.keys()]);
      for (const [path, values] of native) {
        expect(largestDifference(values, plain.get(path) ?? []), path).toBeLessThan(1e-4);
      }
    });
  },
);

/** A linear layer, or two with an activation between. */
async function linearOf(
  engine: 'native' | 'cpu',
  {
    rows,
    depth,
    columns,
    part,
  }: {
    rows: number;
    depth: number;
    columns: number;
    part: 'plain' | 'biased' | keyof typeof activations;
  },
): Promise<Float32Array> {
  await activateEngine(engine);
  const make = initializer([9, rows]);
  const x = make.normal([1, rows, depth], 1) as tf.Tensor3D;
  const weight = make.normal([depth, columns], depth ** -0.5) as tf.Tensor2D;
  const bias = make.normal([columns], 1) as tf.Tensor1D;
  if (part === 'plain' || part === 'biased') {
    const y = linear({ weight, ...(part === 'biased' && { bias }) }, x);
    return y.data<'float32'>();
  }
  const down = make.normal([columns, depth], columns ** -0.5) as tf.Tensor2D;
  const { apply } = mlp({ width: depth, hidden: columns, activation: activations[part] });
  const y = apply({ up: { weight, bias }, down: { weight: down } }, x);
  return y.data<'float32'>();
}

/** Attention of `rows` rows, three times behind each other over one cache, then under a causal mask without one. */
async function attended(
  engine: 'native' | 'cpu',
  options: Parameters<typeof selfAttention>[0],
  rows: number,
): Promise<Float32Array[]> {
  await activateEngine(engine);
  const attention = selfAttention(options);
  const make = initializer([2, 8]);
  const params = mapParams(attention.init(make), (tensor) =>
    tf.tidy(() => tf.add(tensor, make.normal(tensor.shape, 0.2))),
  );
  const { keyValueHeads, headSize } = attention;
  const cache = new KvCache({ layers: 1, batch: 2, keyValueHeads, headSize, capacity: 4 * rows });
  const input = () => make.normal([2, rows, options.width], 1) as tf.Tensor3D;
  const outputs = [0, 1, 2].map(() => {
    const remember = (keys: tf.Tensor4D, values: tf.Tensor4D) => cache.write(0, keys, values);
    const y = attention.apply(params, input(), { remember });
    cache.commit(rows);
    return y;
  });
  const causal = tf.tensor2d(
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: rows }, (__, slot) => (slot <= row ? 0 : -1e9)),
    ),
  );
  outputs.push(attention.apply(params, input(), { mask: causal }));
  cache.dispose();
  return Promise.all(outputs.map(async (tensor) => tensor.data<'float32'>()));
}

async function transformerOutput(
  engine: 'native' | 'cpu',
  isAffine: boolean,
): Promise<Float32Array> {
  await activateEngine(engine);
  const { init, forward } = modulatedTransformer(isAffine);
  const make = initializer([7, 8]);
  const x = make.normal([2, 70, width], 3) as tf.Tensor3D;
  const condition = make.normal([2, width], 1) as tf.Tensor2D;
  return forward(init(initializer([5, 6])), { x, condition }).data<'float32'>();
}

const [width, heads] = [24, 3];

function modulatedTransformer(isAffine: boolean) {
  return transformer({
    blocks: 2,
    width,
    norm: layerNorm({ isAffine }),
    attention: selfAttention({ width, heads, hasBias: true, scaling: cosineSimilarity() }),
    mlp: mlp({ width, hidden: 40 }),
    modulation: sharedAdaLayerNorm(),
  });
}

/** Derivatives of a weighed sum of a transformer's output by all its weights. */
async function transformerGradients(engine: 'native' | 'cpu'): Promise<Map<string, Float32Array>> {
  await activateEngine(engine);
  const plan = nextScale([1, 2, 3]);
  const { init, forward } = modulatedTransformer(false);
  const params = mapParams(init(initializer([5, 6])), (tensor) => tf.variable(tensor));
  const named = namedParams(params) as [string, tf.Variable][];
  const make = initializer([7, 8]);
  const x = make.normal([2, planLength(plan), width], 1) as tf.Tensor3D;
  const condition = make.normal([2, width], 1) as tf.Tensor2D;
  const weigh = make.normal([2, planLength(plan), width], 1);
  const mask = additiveMask(visibleMask(plan), planLength(plan));
  const { grads } = tf.variableGrads(
    () => tf.sum(tf.mul(forward(params, { x, mask, condition }), weigh)) as tf.Scalar,
    named.map(([, variable]) => variable),
  );
  const values = named.map(
    async ([path, { name }]) => [path, await grads[name].data<'float32'>()] as const,
  );
  return new Map(await Promise.all(values));
}
