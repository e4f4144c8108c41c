import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { additiveMask } from '../layers/additive-mask.ts';
import { selfAttention } from '../layers/attention.ts';
import { adaLayerNorm, sharedAdaLayerNorm } from '../layers/modulation.ts';
import { mlp } from '../layers/mlp.ts';
import { layerNorm } from '../layers/norm.ts';
import { disposeParams, mapParams, namedParams } from '../params.ts';
import { expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { transformer } from './transformer.ts';
import type { TransformerParts } from './transformer.ts';

beforeAll(() => tf.setBackend('cpu'));

const parts: TransformerParts = {
  blocks: 2,
  width: 4,
  norm: layerNorm(),
  attention: selfAttention({ width: 4, heads: 2, hasBias: true }),
  mlp: mlp({ width: 4, hidden: 8 }),
};
const random = (shape: number[], key = 1): tf.Tensor => initializer([key, 0]).normal(shape, 1);
const triangle = (n: number): tf.Tensor =>
  additiveMask(
    Uint8Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0)),
    n,
  );

function made(options: TransformerParts = parts) {
  const backbone = transformer(options);
  const small = backbone.init(initializer([2, 2]));
  const params = mapParams(small, (weight, path) =>
    weight.rank === 2 ? random(weight.shape, path.length).mul(0.5) : weight,
  );
  return { backbone, params };
}

describe('transformer', () => {
  it('is its last norm alone when every branch ends in zeros', async () => {
    const { backbone, params } = made();
    const zeroed = mapParams(params, (weight, path) =>
      /output|down/.test(path) ? tf.zerosLike(weight) : weight,
    );
    const x = tf.tensor3d([1, 2, 3, 4], [1, 1, 4]);

    const hidden = await backbone.forward(zeroed, { x }).data();

    // (1, 2, 3, 4) less its mean 2.5, over the root of its variance 1.25.
    const root = Math.sqrt(1.25);
    const expected = [-1.5, -0.5, 0.5, 1.5].map((value) => value / root);
    expect(largestDifference(hidden, expected)).toBeLessThan(1e-5);
  });

  it('extends in any number of pieces to what one masked pass gives', async () => {
    const { backbone, params } = made();
    const x = random([2, 5, 4]) as tf.Tensor3D;
    const state = backbone.open(params, { batch: 2, capacity: 5 });
    const piece = (from: number, count: number) => tf.slice(x, [0, from, 0], [2, count, 4]);

    const pieces = [0, 1, 2, 3, 4].map((from) =>
      state.extend({ x: piece(from, 1) as tf.Tensor3D }),
    );

    const whole = backbone.forward(params, { x, mask: triangle(5) });
    const difference = largestDifference(await tf.concat(pieces, 1).data(), await whole.data());
    expect(difference).toBeLessThan(1e-5);
    expect(state.length).toBe(5);
    expect(state.capacity).toBe(5);
    expect(state.bytes).toBe(2 * 2 * 2 * 2 * 5 * 2 * 4);
  });

  it('peeks to the same states as extending, remembering nothing', async () => {
    const { backbone, params } = made();
    const state = backbone.open(params, { batch: 1, capacity: 3 });
    state.extend({ x: random([1, 1, 4]) as tf.Tensor3D });
    const next = random([1, 2, 4], 7) as tf.Tensor3D;

    const peeked = await state.peek({ x: next }).data();
    const lengthAfterPeek = state.length;
    const extended = await state.extend({ x: next }).data();

    expect(lengthAfterPeek).toBe(1);
    expect([...peeked]).toEqual([...extended]);
    expect(state.length).toBe(3);
  });

  it('refuses rows beyond its capacity and stays as it was', () => {
    const { backbone, params } = made();
    const state = backbone.open(params, { batch: 1, capacity: 1 });

    expect(() => state.extend({ x: random([1, 2, 4]) as tf.Tensor3D })).toThrow(OptionError);
    expect(state.length).toBe(0);
  });

  it.each([
    ['a modulation of its own for each block', adaLayerNorm()],
    ['a modulation that the blocks share', sharedAdaLayerNorm()],
  ])('with %s, forks to a state that keeps its condition', async (_, modulation) => {
    const { backbone, params } = made({ ...parts, modulation });
    const condition = random([1, 4], 9) as tf.Tensor2D;
    const x = random([1, 3, 4]) as tf.Tensor3D;
    const whole = await backbone.forward(params, { x, condition, mask: triangle(3) }).data();
    const state = backbone.open(params, { batch: 1, capacity: 3, condition });
    state.extend({ x: tf.slice(x, [0, 0, 0], [1, 2, 4]) as tf.Tensor3D, mask: triangle(2) });

    const fork = state.fork();
    state.dispose();
    const last = fork.extend({ x: tf.slice(x, [0, 2, 0], [1, 1, 4]) as tf.Tensor3D });

    expect(largestDifference(await last.data(), whole.slice(8))).toBeLessThan(1e-5);
  });

  it('modulates rows by the condition that they bring, and others by that of the state', async () => {
    const { backbone, params } = made({ ...parts, modulation: adaLayerNorm() });
    const x = random([1, 2, 4]) as tf.Tensor3D;
    const [opened, brought] = [0.5, -1].map((value) => tf.fill([1, 4], value) as tf.Tensor2D);
    const state = backbone.open(params, { batch: 1, capacity: 2, condition: opened });

    const both = [state.peek({ x, condition: brought }), state.extend({ x })];

    const [peeked, extended] = await Promise.all(both.map((hidden) => hidden.data()));
    const [ofBrought, ofOpened] = await Promise.all(
      [brought, opened].map((condition) => backbone.forward(params, { x, condition }).data()),
    );
    expect(largestDifference(peeked, ofBrought)).toBeLessThan(1e-6);
    expect(largestDifference(extended, ofOpened)).toBeLessThan(1e-6);
    expect(largestDifference(peeked, extended)).toBeGreaterThan(0.01);
  });

  it('depends on its condition', async () => {
    const { backbone, params } = made({ ...parts, modulation: adaLayerNorm() });
    const x = random([1, 2, 4]) as tf.Tensor3D;
    const at = (value: number) =>
      backbone.forward(params, { x, condition: tf.fill([1, 4], value) as tf.Tensor2D }).data();

    expect(largestDifference(await at(1), await at(2))).toBeGreaterThan(1e-2);
  });

  it('drops by its key in training only', async () => {
    const { backbone, params } = made({ ...parts, dropoutRate: 0.5, dropPathRate: 0.5 });
    const x = random([2, 3, 4]) as tf.Tensor3D;
    const run = (key?: [number, number]) => backbone.forward(params, { x }, key).data();

    expect([...(await run([1, 1]))]).toEqual([...(await run([1, 1]))]);
    expect(largestDifference(await run([1, 1]), await run([1, 2]))).toBeGreaterThan(1e-3);
    expect([...(await run())]).toEqual([...(await made().backbone.forward(params, { x }).data())]);
  });

  it('with norms behind the branches leaves normed rows as they are where branches give nothing', async () => {
    const { backbone, params } = made({ ...parts, normPlacement: 'after' });
    const zeroed = mapParams(params, (weight, path) =>
      /output|down/.test(path) ? tf.zerosLike(weight) : weight,
    );
    // Mean 2.5 and variance 1.25; norming what is normed changes nothing but epsilon.
    const x = tf.tensor3d([1, 2, 3, 4], [1, 1, 4]);
    const normed = [-1.5, -0.5, 0.5, 1.5].map((value) => value / Math.sqrt(1.25));

    const hidden = await backbone.forward(zeroed, { x }).data();

    expect(largestDifference(hidden, normed)).toBeLessThan(1e-5);
  });

  it('with norms behind the branches adds to the stream before it is normed', async () => {
    const { backbone, params } = made({ ...parts, blocks: 1, normPlacement: 'after' });
    const x = random([1, 3, 4]) as tf.Tensor3D;
    const [block] = params.blocks;
    const norm = (rows: tf.Tensor3D) => parts.norm.apply({}, rows);
    const first = norm(x.add(parts.attention.apply(block.attention, x, {})));
    const second = norm(first.add(parts.mlp.apply(block.mlp, first)));

    const hidden = await backbone.forward(params, { x }).data();

    expect(largestDifference(hidden, await norm(second).data())).toBeLessThan(1e-5);
  });

  it('with norms behind the branches extends to the rows of one pass', async () => {
    const { backbone, params } = made({ ...parts, normPlacement: 'after' });
    const x = random([1, 3, 4]) as tf.Tensor3D;
    const state = backbone.open(params, { batch: 1, capacity: 3 });
    const first = state.extend({
      x: tf.slice(x, [0, 0, 0], [1, 2, 4]) as tf.Tensor3D,
      mask: triangle(2),
    });
    const last = state.extend({ x: tf.slice(x, [0, 2, 0], [1, 1, 4]) as tf.Tensor3D });

    const whole = await backbone.forward(params, { x, mask: triangle(3) }).data();

    expect(largestDifference(await tf.concat([first, last], 1).data(), whole)).toBeLessThan(1e-5);
  });

  it('refuses to modulate norms behind the branches', () => {
    const run = () => transformer({ ...parts, normPlacement: 'after', modulation: adaLayerNorm() });

    expect(run).toThrow(OptionError);
  });

  it('names its weights by block', () => {
    const { params } = made();
    const paths = namedParams(params).map(([path]) => path);

    expect(paths).toContain('blocks.1.attention.qkv');
    expect(paths.at(-1)).toBe('finalNorm.shift');
  });

  it('frees everything but its results', async () => {
    const { backbone, params } = made({ ...parts, modulation: adaLayerNorm() });
    const x = random([1, 2, 4]) as tf.Tensor3D;
    const condition = random([1, 4]) as tf.Tensor2D;
    await expectNoTensorLeak(() => {
      backbone.forward(params, { x, condition }, [1, 1]).dispose();
      const state = backbone.open(params, { batch: 1, capacity: 4, condition });
      state.peek({ x }).dispose();
      state.extend({ x }).dispose();
      const fork = state.fork();
      fork.extend({ x }).dispose();
      fork.dispose();
      state.dispose();
      state.dispose();
    });
    disposeParams(params);
  });
});
