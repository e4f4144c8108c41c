import { describe, expect, it } from 'vitest';
import { NumericError } from '../errors.ts';
import { entropy, largestLogit, softmaxRow } from './softmax.ts';

describe('softmaxRow', () => {
  it('gives 0 to minus infinity and survives logits of a thousand', () => {
    expect([...softmaxRow([1000, -Infinity, 1000])]).toEqual([0.5, 0, 0.5]);
  });
});

describe('entropy', () => {
  it('counts impossible tokens as nothing', () => {
    expect(entropy(Float64Array.of(0.5, 0, 0.5))).toBeCloseTo(Math.LN2, 15);
  });
});

describe('largestLogit', () => {
  it('skips minus infinity', () => {
    expect(largestLogit([-Infinity, -2, -3], 'test')).toBe(-2);
  });

  it.each([[[]], [[-Infinity, -Infinity]], [[1, NaN]], [[NaN, 1]], [[Infinity, 1]]])(
    'refuses the row %j',
    (row) => {
      expect(() => largestLogit(row, 'test')).toThrow(NumericError);
    },
  );
});
