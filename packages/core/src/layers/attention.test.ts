import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { additiveMask } from './additive-mask.ts';
import { selfAttention } from './attention.ts';
import type { AttentionParams } from './attention.ts';
import { rotaryFactors } from './rotary.ts';
import { rotaryTable } from './rotary-table.ts';

beforeAll(() => tf.setBackend('cpu'));

const random = (shape: number[], key: number): tf.Tensor => initializer([key, 9]).normal(shape, 1);
const identity = (size: number) => tf.eye(size) as tf.Tensor2D;

/** One head over two channels whose queries and keys are zero, so that every weight is equal. */
const even: AttentionParams = {
  qkv: tf.concat([tf.zeros([2, 4]), identity(2)], 1) as tf.Tensor2D,
  scaling: {},
  output: { weight: identity(2) },
};

describe('selfAttention', () => {
  it('averages the values where all scores are equal', async () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });

    const mixed = apply(even, tf.tensor3d([1, 2, 3, 6], [1, 2, 2]), {});

    await expectAllClose(mixed, [2, 4, 2, 4], 1e-6);
  });

  it('gives a hidden key no weight at all', async () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });
    const mask = additiveMask(Uint8Array.of(1, 0, 1, 1), 2);

    const mixed = apply(even, tf.tensor3d([1, 2, 3, 6], [1, 2, 2]), { mask });

    await expectAllClose(mixed, [1, 2, 2, 4], 1e-6);
  });

  it('weighs keys by the softmax of dot products over the root of the head size', async () => {
    const { apply } = selfAttention({ width: 4, heads: 1 });
    const params: AttentionParams = {
      qkv: tf.concat([identity(4), identity(4), identity(4)], 1) as tf.Tensor2D,
      scaling: {},
      output: { weight: identity(4) },
    };
    // Scores of the first row: 2·2 / 2 = 2 with itself, 0 with the second.
    const x = tf.tensor3d([2, 0, 0, 0, 0, 1, 0, 0], [1, 2, 4]);

    const [first] = (await apply(params, x, {}).array()) as number[][][];

    const weight = Math.exp(2) / (Math.exp(2) + 1);
    expect(largestDifference(first[0], [2 * weight, 1 - weight, 0, 0])).toBeLessThan(1e-6);
  });

  it('with shared key-value heads equals full heads with repeated weights', async () => {
    const grouped = selfAttention({ width: 8, heads: 4, keyValueHeads: 2 });
    const full = selfAttention({ width: 8, heads: 4 });
    const [q, k, v] = [random([8, 8], 1), random([8, 4], 2), random([8, 4], 3)];
    const repeat = (weight: tf.Tensor) =>
      tf.concat(
        [0, 0, 1, 1].map((group) => tf.slice(weight, [0, 2 * group], [8, 2])),
        1,
      );
    const output = { weight: random([8, 8], 4) as tf.Tensor2D };
    const x = random([2, 3, 8], 5) as tf.Tensor3D;

    const few = grouped.apply(
      { qkv: tf.concat([q, k, v], 1) as tf.Tensor2D, scaling: {}, output },
      x,
      {},
    );

    const repeated = tf.concat([q, repeat(k), repeat(v)], 1) as tf.Tensor2D;
    const all = full.apply({ qkv: repeated, scaling: {}, output }, x, {});
    await expectAllClose(few, await all.data(), 1e-5);
  });

  it('adds biases to queries and values, none to keys', async () => {
    const { apply, init } = selfAttention({ width: 2, heads: 1, hasBias: true });
    const valueBias = tf.tensor1d([10, 20]);

    const mixed = apply(
      { ...even, queryBias: tf.tensor1d([5, 5]), valueBias },
      tf.tensor3d([1, 2, 3, 6], [1, 2, 2]),
      {},
    );

    // Keys are zero, so that the bias of the queries changes no score.
    await expectAllClose(mixed, [12, 24, 12, 24], 1e-5);
    expect(Object.keys(init(initializer([1, 1])))).toEqual([
      'qkv',
      'queryBias',
      'valueBias',
      'scaling',
      'output',
    ]);
  });

  it('adds the bias that stands alone', async () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });
    const x = tf.tensor3d([1, 2, 3, 6], [1, 2, 2]);

    const mixed = apply({ ...even, valueBias: tf.tensor1d([10, 20]) }, x, {});

    await expectAllClose(mixed, [12, 24, 12, 24], 1e-5);
  });

  it('adds biases to keys where it has them', async () => {
    const sizes = { width: 2, heads: 1, hasBias: true, hasKeyBias: true, hasOutputBias: false };
    const { apply, init } = selfAttention(sizes);
    const params = { ...even, queryBias: tf.tensor1d([0, 0]), valueBias: tf.tensor1d([0, 0]) };
    const x = tf.tensor3d([1, 0], [1, 1, 2]);
    const keys: number[][] = [];

    const given = apply({ ...params, keyBias: tf.tensor1d([3, 4]) }, x, {
      remember: (own, values) => {
        keys.push([...own.dataSync()]);
        return { keys: own, values, count: 1 };
      },
    });

    expect(keys).toEqual([[3, 4]]);
    await expectAllClose(given, [1, 0], 1e-6);
    const { keyBias, output } = init(initializer([1, 1]));
    expect(keyBias?.shape).toEqual([2]);
    expect(Object.keys(output)).toEqual(['weight']);
  });

  it('rotates queries and keys so that scores depend on distances only', async () => {
    const { apply } = selfAttention({ width: 4, heads: 1 });
    const params: AttentionParams = {
      qkv: random([4, 12], 6) as tf.Tensor2D,
      scaling: {},
      output: { weight: identity(4) },
    };
    const x = random([1, 3, 4], 7) as tf.Tensor3D;
    const at = (...coordinates: number[]) => {
      const rotary = rotaryFactors(rotaryTable({ coordinates, rank: 1, headSize: 4 }), 4);
      return apply(params, x, { rotary }).data();
    };

    expect(largestDifference(await at(0, 1, 3), await at(5, 6, 8))).toBeLessThan(1e-4);
    expect(largestDifference(await at(0, 1, 3), await at(0, 1, 2))).toBeGreaterThan(1e-3);
  });

  it('attends to what it is given to remember', async () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });
    const before = tf.tensor4d([9, 9], [1, 1, 1, 2]);

    const mixed = apply(even, tf.tensor3d([1, 3], [1, 1, 2]), {
      remember: (keys, values) => ({
        keys: tf.concat([tf.zerosLike(before), keys], 2),
        values: tf.concat([before, values], 2),
        count: 2,
      }),
    });

    await expectAllClose(mixed, [5, 6], 1e-6);
  });

  it('sees as many slots as are counted, whatever the others hold', async () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });
    const behind = tf.fill([1, 1, 3, 2], NaN) as tf.Tensor4D;

    const mixed = apply(even, tf.tensor3d([1, 3], [1, 1, 2]), {
      remember: (keys, values) => ({
        keys: tf.concat([keys, behind], 2),
        values: tf.concat([values, behind], 2),
        count: 1,
      }),
    });

    await expectAllClose(mixed, [1, 3], 1e-6);
  });

  it.each([[{ width: 6, heads: 4 }], [{ width: 8, heads: 4, keyValueHeads: 3 }]])(
    'refuses sizes that do not divide: %j',
    (options) => {
      expect(() => selfAttention(options)).toThrow(OptionError);
    },
  );

  it('refuses rows of another width', () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });

    expect(() => apply(even, tf.zeros([1, 1, 3]), {})).toThrow(ShapeError);
  });

  it('leaks no tensor', async () => {
    const { apply } = selfAttention({ width: 2, heads: 1 });
    const x = tf.zeros([1, 2, 2]) as tf.Tensor3D;

    await expectNoTensorLeak(() => apply(even, x, {}).dispose());
  });
});
