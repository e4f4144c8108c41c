import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { describePlan } from './describe-plan.ts';
import { nearToFar } from './near-to-far.ts';
import { stepCount, stepOfEach } from './plan.ts';
import type { Plan } from './plan.ts';

interface Fixture {
  readonly plans: Readonly<
    Record<'near_to_far_4x4' | 'near_to_far_3d_2x3x3', { readonly steps: number[] }>
  >;
}

const { plans } = readFixtureJson<Fixture>('core', 'masks', 'block_causal.json');

describe('nearToFar', () => {
  it('gives each cell of a picture the step of the table', () => {
    expect(stepOfCells(nearToFar({ sides: [4, 4] }))).toEqual(plans.near_to_far_4x4.steps);
  });

  it('gives each cell of a volume the step of the table', () => {
    expect(stepOfCells(nearToFar({ sides: [2, 3, 3] }))).toEqual(plans.near_to_far_3d_2x3x3.steps);
  });

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

function stepOfCells(plan: Plan): number[] {
  const steps: number[] = [];
  for (const [i, step] of stepOfEach(plan).entries()) steps[plan.positions[i]] = step;
  return steps;
}
