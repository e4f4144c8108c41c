import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.ts';
import { mapParams, namedParams } from '../params.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { float32Tensor, toFloat32 } from './host-tensor.ts';
import { convRules, exportParams, importParams, linearRules, normRules } from './import-map.ts';
import type { ImportRule } from './import-map.ts';

beforeAll(() => tf.setBackend('cpu'));

const count = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => i);
const linear = () => ({ map: { weight: tf.zeros([2, 3]), bias: tf.zeros([3]) } });

describe('importParams', () => {
  it('turns the [out, in] of PyTorch into [in, out]', async () => {
    const official = new Map([
      ['fc.weight', float32Tensor(count(6), [3, 2])],
      ['fc.bias', float32Tensor(count(3), [3])],
    ]);

    const { map } = importParams(linear(), linearRules('map', 'fc'), official);

    await expectAllClose(map.weight, [0, 2, 4, 1, 3, 5], 0);
    await expectAllClose(map.bias, [0, 1, 2], 0);
  });

  it('turns convolutions [out, in, height, width] into [height, width, in, out]', async () => {
    const official = new Map([
      ['c.weight', float32Tensor(count(2 * 3 * 1 * 2), [2, 3, 1, 2])],
      ['c.bias', float32Tensor(count(2), [2])],
    ]);
    const template = { conv: { weight: tf.zeros([1, 2, 3, 2]), bias: tf.zeros([2]) } };

    const { conv } = importParams(template, convRules('conv', 'c'), official);

    // Tap w, input i, output o: official index 6 o + 2 i + w.
    await expectAllClose(conv.weight, [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11], 0);
  });

  it('takes parts of a fused tensor', async () => {
    const rules: ImportRule[] = ['q', 'k', 'v'].map((name, index) => ({
      own: name,
      official: 'qkv',
      layout: 'linear',
      part: { index, of: 3 },
    }));
    const template = { q: tf.zeros([2, 1]), k: tf.zeros([2, 1]), v: tf.zeros([2, 1]) };
    const official = new Map([['qkv', float32Tensor(count(6), [3, 2])]]);

    const { q, k, v } = importParams(template, rules, official);

    await expectAllClose(tf.concat([q, k, v], 0), [0, 1, 2, 3, 4, 5], 0);
  });

  it('names every tensor that is missing or of another size in one error', () => {
    const official = new Map([['fc.weight', float32Tensor(count(8), [4, 2])]]);
    const run = () => importParams(linear(), linearRules('map', 'fc'), official);

    expect(run).toThrow(CheckpointError);
    expect(run).toThrow(
      /2 tensors do not fit: "fc\.weight" has shape \[4, 2\], 6 values are needed; "fc\.bias" is missing/,
    );
  });

  it('names a weight that no rule speaks of, and lists ten at most', () => {
    const many = Array.from({ length: 12 }, () => tf.zeros([1]));

    expect(() => importParams(many, [], new Map())).toThrow(
      /^import: 12 tensors .*"9" is missing\. /,
    );
    expect(() => importParams(many, [], new Map())).not.toThrow(/"10" is missing/);
  });

  it('leaks no tensor where it refuses, and leaves the template', async () => {
    const template = linear();

    await expectNoTensorLeak(() => {
      expect(() => importParams(template, [], new Map())).toThrow(CheckpointError);
    });
    expect(namedParams(template).some(([, weight]) => weight.isDisposed)).toBe(false);
  });
});

describe('exportParams', () => {
  it('gives back what was imported, in every layout, fused parts joined again', async () => {
    const template = {
      map: { weight: tf.zeros([2, 3]), bias: tf.zeros([3]) },
      conv: { weight: tf.zeros([2, 2, 3, 4]), bias: tf.zeros([4]) },
      norm: { scale: tf.zeros([3]), shift: tf.zeros([3]) },
      q: tf.zeros([2, 2]),
      k: tf.zeros([2, 2]),
    };
    const rules: ImportRule[] = [
      ...linearRules('map', 'fc'),
      ...convRules('conv', 'c'),
      ...normRules('norm', 'n'),
      { own: 'k', official: 'qk', layout: 'linear', part: { index: 1, of: 2 } },
      { own: 'q', official: 'qk', layout: 'linear', part: { index: 0, of: 2 } },
    ];
    const shapes: Record<string, number[]> = {
      'fc.weight': [3, 2],
      'fc.bias': [3],
      'c.weight': [4, 3, 2, 2],
      'c.bias': [4],
      'n.weight': [3],
      'n.bias': [3],
      qk: [4, 2],
    };
    const official = new Map(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        float32Tensor(count(shape.reduce((a, b) => a * b)), shape),
      ]),
    );

    const exported = await exportParams(importParams(template, rules, official), rules);

    expect(Object.fromEntries([...exported].map(([name, { shape }]) => [name, shape]))).toEqual(
      shapes,
    );
    for (const [name, tensor] of exported) {
      expect([...toFloat32(tensor)], name).toEqual([...count(tensor.data.length)]);
    }
  });

  it('leaves out rules whose tensor the tree does not have', async () => {
    const tree = mapParams({ map: { weight: tf.zeros([1, 1]) } }, (weight) => weight);

    expect([...(await exportParams(tree, linearRules('map', 'fc'))).keys()]).toEqual(['fc.weight']);
  });
});

describe('linearRules and normRules', () => {
  it('leave out what the layer does not have', () => {
    expect(linearRules('a', 'b', false)).toEqual([
      { own: 'a.weight', official: 'b.weight', layout: 'linear' },
    ]);
    expect(normRules('a', 'b', false)).toEqual([{ own: 'a.scale', official: 'b.weight' }]);
  });
});
