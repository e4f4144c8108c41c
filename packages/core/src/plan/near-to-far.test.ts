import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describePlan } from './describe-plan.ts';
import { nearToFar } from './near-to-far.ts';
import { stepCount } from './plan.ts';

describe('nearToFar', () => {
  it('prints diagonals of different sizes whose ids are out of order', () => {
    expect(describePlan(nearToFar({ sides: [3, 3] }))).toBe(
      [
        'near-to-far: 9 positions in 5 steps, causal',
        '0 | 1 | 0 | (0, 0)',
        '1 | 2 | 1 3 | (0, 1)',
        '2 | 3 | 2 4 6 | (0, 2)',
        '3 | 2 | 5 7 | (1, 2)',
        '4 | 1 | 8 | (2, 2)',
      ].join('\n'),
    );
  });

  it('covers n x n in 2 n - 1 steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (n) => {
        expect(stepCount(nearToFar({ sides: [n, n] }))).toBe(2 * n - 1);
      }),
    );
  });
});
