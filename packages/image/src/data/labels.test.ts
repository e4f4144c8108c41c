import { OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { resolveLabel } from './labels.ts';
import { fashionMnistLabels } from './mnist.ts';

describe('resolveLabel', () => {
  it.each([
    ['sneaker', 7],
    ['Sneaker ', 7],
    ['7', 7],
    [7, 7],
    ['t-shirt/top', 0],
    ['ankle_boot', 9],
  ])('takes %s as class %i', (wanted, expected) => {
    expect(resolveLabel(fashionMnistLabels, wanted)).toBe(expected);
  });

  it('takes none for the null class, unless a class is named so', () => {
    expect(resolveLabel(fashionMnistLabels, 'none')).toBe(10);
    expect(resolveLabel(['some', 'none'], 'none')).toBe(1);
  });

  it('suggests the nearest name', () => {
    expect(() => resolveLabel(fashionMnistLabels, 'snaeker')).toThrow('Did you mean "sneaker"?');
  });

  it.each(['10', -1, 2.5, NaN, '', 'nothing'])('refuses %s', (wanted) => {
    expect(() => resolveLabel(fashionMnistLabels, wanted)).toThrow(OptionError);
  });
});
