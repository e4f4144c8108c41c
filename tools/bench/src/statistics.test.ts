import { describe, expect, it } from 'vitest';
import { equalShare, median } from './statistics.ts';

describe('median', () => {
  it('is the middle of an odd number of values and the mean of the middle two of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 100, 2])).toBe(3);
  });

  it('sorts as numbers, not as text, and leaves its argument as it was', () => {
    const values = [10, 9, 100];

    expect(median(values)).toBe(10);
    expect(values).toEqual([10, 9, 100]);
  });

  it('needs a value', () => {
    expect(() => median([])).toThrow('at least one round');
  });
});

describe('equalShare', () => {
  it('is the share of equal tokens at equal places', () => {
    expect(equalShare([1, 2, 3, 4], [1, 2, 4, 3])).toBe(0.5);
  });

  it('refuses sequences of different lengths', () => {
    expect(() => equalShare([1], [1, 2])).toThrow('same number of tokens');
  });
});
