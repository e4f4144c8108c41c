import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { selfAttention } from '../layers/attention.ts';
import { expectAllClose, largestDifference } from '../testing/tensor-checks.ts';
import { attentionRules } from './attention-rules.ts';
import { float32Tensor, toFloat32 } from './host-tensor.ts';
import { exportParams, importParams } from './import-map.ts';

beforeAll(() => tf.setBackend('cpu'));

const names = { query: 'q', key: 'k', value: 'v', output: 'o' };
const numbers = (size: number, first: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => first + i);
const template = (width: number, keyValueHeads: number) => ({
  attention: selfAttention({
    width,
    heads: 2,
    keyValueHeads,
    hasBias: true,
    hasKeyBias: true,
  }).init(initializer([1, 1])),
});
const official = (width: number, keyWidth: number) =>
  new Map(
    Object.values(names).flatMap((name, index) => {
      const outputs = name === 'k' || name === 'v' ? keyWidth : width;
      const first = 1000 * (index + 1);
      return [
        [`${name}.weight`, float32Tensor(numbers(outputs * width, first), [outputs, width])],
        [`${name}.bias`, float32Tensor(numbers(outputs, first + 500), [outputs])],
      ] as const;
    }),
  );

describe('attentionRules', () => {
  it('puts queries, keys and values side by side', async () => {
    const rules = attentionRules('attention', names, { width: 2, keyWidth: 1 });

    const { attention } = importParams(template(2, 1), rules, official(2, 1));

    // Rows are inputs: input 0 has q (1000, 1002), k 2000, v 3000.
    await expectAllClose(attention.qkv, [1000, 1002, 2000, 3000, 1001, 1003, 2001, 3001], 0);
    await expectAllClose(attention.keyBias as tf.Tensor, [2500], 0);
    await expectAllClose(attention.output.weight, [4000, 4002, 4001, 4003], 0);
  });

  it('brings half-split rotary pairs of queries and keys together, not those of values', async () => {
    const rules = attentionRules('attention', names, { width: 8, halfSplitHeads: 4 });

    const { attention } = importParams(template(8, 2), rules, official(8, 8));

    await expectAllClose(
      attention.queryBias as tf.Tensor,
      [1500, 1502, 1501, 1503, 1504, 1506, 1505, 1507],
      0,
    );
    const [row] = (await attention.qkv.array()) as number[][];
    expect(row.slice(8, 12)).toEqual([2000, 2016, 2008, 2024]);
    expect(row.slice(16, 20)).toEqual([3000, 3008, 3016, 3024]);
  });

  it('exports what it imported', async () => {
    const rules = attentionRules('attention', names, { width: 8, halfSplitHeads: 4 });
    const originals = official(8, 8);

    const exported = await exportParams(importParams(template(8, 2), rules, originals), rules);

    expect([...exported.keys()].toSorted()).toEqual([...originals.keys()].toSorted());
    for (const [name, original] of originals) {
      const again = exported.get(name);
      expect(again?.shape, name).toEqual(original.shape);
      expect(again && largestDifference(toFloat32(again), toFloat32(original)), name).toBe(0);
    }
  });

  it('names no biases where there are none', () => {
    const rules = attentionRules('a', names, { width: 2, hasBias: false });

    expect(rules.map(({ own }) => own)).toEqual(['a.qkv', 'a.qkv', 'a.qkv', 'a.output.weight']);
  });
});
