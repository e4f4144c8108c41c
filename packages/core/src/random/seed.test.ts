import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { parseSeed, randomSeed } from './seed.ts';

describe('parseSeed', () => {
  it.each([
    [0, 0n],
    [2 ** 53 - 1, 9007199254740991n],
    ['0', 0n],
    ['18446744073709551615', 2n ** 64n - 1n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
  ])('takes %s', (value, seed) => {
    expect(parseSeed(value)).toBe(seed);
  });

  it.each([
    -1,
    1.5,
    NaN,
    Infinity,
    2 ** 53,
    'abc',
    '',
    '-1',
    ' 7',
    '0x10',
    '1e3',
    '18446744073709551616',
    '9'.repeat(100_000),
    -1n,
    2n ** 64n,
    null,
    undefined,
    true,
    [1],
  ])('refuses %s', (value) => {
    expect(() => parseSeed(value)).toThrow(OptionError);
  });

  it('names the refused value', () => {
    expect(() => parseSeed('abc')).toThrow(/got "abc"\. Pass/);
    expect(() => parseSeed(2 ** 53)).toThrow(/got 9007199254740992\./);
  });
});

describe('randomSeed', () => {
  it('is a seed that a JSON number holds, and another one each time', () => {
    const seeds = Array.from({ length: 50 }, () => randomSeed());

    expect(seeds.every((seed) => parseSeed(Number(seed)) === seed)).toBe(true);
    expect(new Set(seeds).size).toBe(50);
  });
});
