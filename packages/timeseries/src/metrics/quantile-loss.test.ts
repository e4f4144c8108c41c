import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { crpsFromQuantiles, crpsFromSamples, pinballLoss } from './quantile-loss.ts';

describe('pinballLoss', () => {
  it('weighs values above the quantile by its probability and those below by the rest', () => {
    expect(pinballLoss(10, 6, 0.9)).toBeCloseTo(3.6, 12);
    expect(pinballLoss(6, 10, 0.9)).toBeCloseTo(0.4, 12);
  });
});

describe('crpsFromQuantiles', () => {
  it('is the absolute error where all quantiles are one point', () => {
    const probabilities = [0.1, 0.5, 0.9];

    expect(crpsFromQuantiles([3, 1], [5, 5, 5, 0, 0, 0], probabilities)).toBeCloseTo(1.5, 12);
  });

  it('nears the closed form of a uniform distribution on [0, 1], which is 1/3 at its end', () => {
    const probabilities = Array.from({ length: 1000 }, (_, index) => (index + 0.5) / 1000);

    expect(crpsFromQuantiles([1], probabilities, probabilities)).toBeCloseTo(1 / 3, 5);
  });

  it('refuses a wrong number of quantiles', () => {
    expect(() => crpsFromQuantiles([1, 2], [1, 2], [0.1, 0.9])).toThrow(ShapeError);
  });
});

describe('crpsFromSamples', () => {
  it('is E|X - y| - E|X - X′| / 2', () => {
    // Pairs of {0, 1, 4}: distances 1, 4, 3 twice each, of nine.
    expect(crpsFromSamples(2, [4, 0, 1])).toBeCloseTo((2 + 2 + 1) / 3 - 16 / 9 / 2, 12);
  });

  it('is the absolute error of a single sample', () => {
    expect(crpsFromSamples(3, [5])).toBe(2);
  });
});
