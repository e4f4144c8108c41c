import {
  additiveMask,
  cosineSimilarity,
  geluErf,
  geluTanh,
  initializer,
  l2Normalize,
  layerNorm,
  mapParams,
  mlp,
  namedParams,
  nextScale,
  planLength,
  rmsNorm,
  selfAttention,
  sharedAdaLayerNorm,
  silu,
  transformer,
  visibleMask,
} from '@nextx/core';
import { largestDifference } from '@nextx/core/testing';
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { activateEngine } from '../engines/engine.ts';
import { nativeStatus } from '../engines/native-engine.ts';

const { available, reason } = await nativeStatus();

/** Sizes that leave a rest beside whole vectors, and one that is shared between threads. */
const shapes: [number, number][] = [
  [3, 5],
  [7, 33],
  [600, 130],
];

const layers: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  geluTanh,
  geluErf,
  silu,
  layerNorm: (x) => layerNorm({ epsilon: 1e-3 }).apply({}, x),
  rmsNorm: (x) => rmsNorm({ epsilon: 1e-3 }).apply({}, x),
  l2Normalize,
};

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

/** Derivatives of a weighed sum of a transformer's output by all its weights. */
async function transformerGradients(engine: 'native' | 'cpu'): Promise<Map<string, Float32Array>> {
  await activateEngine(engine);
  const [width, heads] = [24, 3];
  const plan = nextScale([1, 2, 3]);
  const { init, forward } = transformer({
    blocks: 2,
    width,
    norm: layerNorm({ isAffine: false }),
    attention: selfAttention({ width, heads, hasBias: true, scaling: cosineSimilarity() }),
    mlp: mlp({ width, hidden: 40 }),
    modulation: sharedAdaLayerNorm(),
  });
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
