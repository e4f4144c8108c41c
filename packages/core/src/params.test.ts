import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { countParams, disposeParams, mapParams, namedParams } from './params.ts';

beforeAll(() => tf.setBackend('cpu'));

const tree = () => ({
  blocks: [{ weight: tf.zeros([2, 3]) }, { weight: tf.ones([4]) }],
  head: tf.scalar(1),
});

describe('namedParams', () => {
  it('names the leaves by their paths, in the order of the tree', () => {
    const paths = namedParams(tree()).map(([path]) => path);

    expect(paths).toEqual(['blocks.0.weight', 'blocks.1.weight', 'head']);
    expect(namedParams(tf.scalar(1)).map(([path]) => path)).toEqual(['']);
  });
});

describe('mapParams', () => {
  it('gives a tree of the same form, by paths', () => {
    const mapped = mapParams(tree(), (leaf, path) => tf.scalar(leaf.size + path.length));

    expect(mapped.blocks).toHaveLength(2);
    expect(mapped.blocks[0].weight.dataSync()[0]).toBe(6 + 'blocks.0.weight'.length);
    expect(mapped.head.dataSync()[0]).toBe(1 + 'head'.length);
  });
});

describe('countParams', () => {
  it('adds the sizes of the leaves', () => {
    expect(countParams(tree())).toBe(6 + 4 + 1);
    expect(countParams({})).toBe(0);
  });
});

describe('disposeParams', () => {
  it('frees every leaf, and may be called twice', () => {
    const before = tf.memory().numTensors;
    const params = tree();

    disposeParams(params);
    disposeParams(params);

    expect(tf.memory().numTensors).toBe(before);
  });
});
