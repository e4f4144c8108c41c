import { describe, expect, it } from 'vitest';
import { choiceOf, numberOption, seedOption } from './option-values.ts';
import { UsageError } from './usage-error.ts';

describe('numberOption', () => {
  it.each([
    ['7', 7],
    ['-1', -1],
    ['.5', 0.5],
    ['2e-3', 0.002],
  ])('reads %s', (text, value) => {
    expect(numberOption({ x: text }, 'x')).toBe(value);
  });

  it('is absent where the option is', () => {
    expect(numberOption({}, 'x')).toBeUndefined();
  });

  it.each(['NaN', 'Infinity', '1e999', '0x10', '1,5', 'seven', '1_000', '١٢'])(
    'refuses %s',
    (text) => {
      expect(() => numberOption({ x: text }, 'x')).toThrow(UsageError);
    },
  );

  it('names the range', () => {
    expect(() => numberOption({ n: '0' }, 'n', { least: 1, most: 9, isWhole: true })).toThrow(
      '--n must be a whole number from 1 to 9, got "0"',
    );
    expect(() => numberOption({ n: '1.5' }, 'n', { least: 1, isWhole: true })).toThrow(
      'a whole number of at least 1',
    );
  });
});

describe('seedOption', () => {
  it('reads the largest seed exactly', () => {
    expect(seedOption({ seed: '18446744073709551615' })).toBe(2n ** 64n - 1n);
  });

  it('takes zero for a seed', () => {
    expect(seedOption({ seed: '0' })).toBe(0n);
  });

  it.each(['-1', 'abc', '18446744073709551616', '1.5', '1e3', '9'.repeat(30)])(
    'refuses %s',
    (seed) => {
      expect(() => seedOption({ seed })).toThrow('--seed must be a whole number from 0');
    },
  );
});

describe('choiceOf', () => {
  it('names the nearest choice', () => {
    expect(() => choiceOf('--engine', 'wsam', ['auto', 'wasm', 'cpu'])).toThrow(
      'must be one of auto, wasm, cpu, got "wsam". Did you mean wasm?',
    );
  });
});
