import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { describePlan } from './describe-plan.ts';
import { nextScale } from './next-scale.ts';
import { stepOfEach } from './plan.ts';

interface Fixture {
  readonly plans: {
    readonly var_1_2_3: { readonly steps: number[]; readonly coords: number[][] };
  };
  readonly var_256_patch_nums: number[];
  readonly var_256_step_starts: number[];
}

const fixture = readFixtureJson<Fixture>('core', 'masks', 'block_causal.json');

describe('nextScale', () => {
  it('covers 16 x 16 in the 10 steps and 680 tokens that the VAR paper counts', () => {
    const { stepStarts } = nextScale(fixture.var_256_patch_nums);

    expect(stepStarts).toEqual([0, 1, 5, 14, 30, 55, 91, 155, 255, 424, 680]);
    expect(stepStarts.slice(0, -1)).toEqual(fixture.var_256_step_starts);
  });

  it('numbers steps and coordinates inside each map as the table does', () => {
    const plan = nextScale([1, 2, 3]);

    expect([...stepOfEach(plan)]).toEqual(fixture.plans.var_1_2_3.steps);
    expect([...plan.coordinates]).toEqual(fixture.plans.var_1_2_3.coords.flat());
  });

  it('prints its 14 positions in 3 steps', () => {
    expect(describePlan(nextScale([1, 2, 3]))).toBe(
      [
        'next-scale: 14 positions in 3 steps, causal',
        '0 | 1 | 0 | (0, 0)',
        '1 | 4 | 1 2 3 4 | (0, 0)',
        '2 | 9 | 5 6 7 8 9 10 ... | (0, 0)',
      ].join('\n'),
    );
  });

  it.each([[[]], [[2, 2]], [[4, 2]], [[1.5]], [[0, 1]], [[-1]], [[NaN]]])(
    'refuses the sides %j',
    (sides) => {
      expect(() => nextScale(sides)).toThrow(OptionError);
    },
  );
});
