import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { describePlan } from './describe-plan.ts';
import { nextScale } from './next-scale.ts';

describe('nextScale', () => {
  it('covers 16 x 16 in the 10 steps and 680 tokens that the VAR paper counts', () => {
    const { stepStarts } = nextScale([1, 2, 3, 4, 5, 6, 8, 10, 13, 16]);

    expect(stepStarts).toEqual([0, 1, 5, 14, 30, 55, 91, 155, 255, 424, 680]);
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
