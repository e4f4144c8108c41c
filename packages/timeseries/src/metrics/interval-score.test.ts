import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { intervalCoverage, msis } from './interval-score.ts';

const bounds = { lower: [0, 0, 0, 0], upper: [2, 2, 2, 2] };

describe('intervalCoverage', () => {
  it('counts bounds as inside', () => {
    expect(intervalCoverage([0, 1, 2, 2.1], bounds)).toBe(0.75);
  });

  it('refuses bounds of another length', () => {
    expect(() => intervalCoverage([1], bounds)).toThrow(ShapeError);
  });
});

describe('msis', () => {
  it('adds 40 times the distance of a miss to the width at 95 %', () => {
    const score = msis([-1, 1, 1, 2.5], bounds, { coverage: 0.95, scale: 2 });

    expect(score).toBeCloseTo((2 + (40 * 1 + 40 * 0.5) / 4) / 2, 9);
  });
});
