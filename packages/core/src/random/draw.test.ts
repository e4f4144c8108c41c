import { describe, expect, it } from 'vitest';
import { NumericError } from '../errors.ts';
import { drawCategorical, normals, openUniforms, words } from './draw.ts';
import type { Key } from './threefry.ts';

const key: Key = [0x12345678, 0x9abcdef0];

describe('words', () => {
  it('of a shorter odd count are the beginning of a longer stream', () => {
    expect([...words(key, 5)]).toEqual([...words(key, 16)].slice(0, 5));
    expect(words(key, 0)).toHaveLength(0);
  });
});

describe('openUniforms', () => {
  it('are the upper 23 bits of each word, moved by half a step', () => {
    // 0xed280379 >>> 9 is 7771137.
    expect(openUniforms(key, 1)[0]).toBe((7771137 + 0.5) / 8388608);
  });
});

describe('normals', () => {
  it('of an odd count are the beginning of a longer draw', () => {
    expect([...normals(key, 3)]).toEqual([...normals(key, 16)].slice(0, 3));
  });
});

describe('drawCategorical', () => {
  it('never takes an index of probability zero', () => {
    expect(drawCategorical([0, 0.5, 0, 0.5], 0)).toBe(1);
    expect(drawCategorical([0, 0.5, 0, 0.5], 0.5)).toBe(3);
    expect(drawCategorical([0.25, 0.25, 0.4999, 0], 0.99999)).toBe(2);
  });

  it.each([[[0, 0]], [[]], [[NaN, 1]], [[0.1, NaN]]])('refuses the probabilities %j', (p) => {
    expect(() => drawCategorical(p, 0.5)).toThrow(NumericError);
  });
});
