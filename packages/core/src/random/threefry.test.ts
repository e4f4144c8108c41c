import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { foldIn, keyFromSeed, seedOfItem, threefry2x32 } from './threefry.ts';

describe('foldIn', () => {
  it('puts what exceeds 32 bits into the second counter word', () => {
    expect(foldIn([1, 2], 3 * 2 ** 32 + 5)).toEqual(threefry2x32([1, 2], [5, 3]));
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses n = %s', (n) => {
    expect(() => foldIn([0, 0], n)).toThrow(OptionError);
  });
});

describe('keyFromSeed', () => {
  it('is the low and the high half of the seed', () => {
    expect(keyFromSeed(0x1234_5678_9abc_def0n)).toEqual([0x9abcdef0, 0x12345678]);
  });
});

describe('seedOfItem', () => {
  it('counts up from the seed of the call and wraps at 2^64', () => {
    expect(seedOfItem(7n, 3)).toBe(10n);
    expect(seedOfItem(2n ** 64n - 1n, 2)).toBe(1n);
  });
});
