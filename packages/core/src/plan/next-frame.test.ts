import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { describePlan } from './describe-plan.ts';
import { nextFrame } from './next-frame.ts';
import { stepCoordinates } from './plan.ts';

describe('nextFrame', () => {
  it('prints one frame a step', () => {
    expect(describePlan(nextFrame({ frames: 3, sides: [1, 2] }))).toBe(
      [
        'next-frame: 6 positions in 3 steps, causal',
        '0 | 2 | 0 1 | (0, 0, 0)',
        '1 | 2 | 2 3 | (1, 0, 0)',
        '2 | 2 | 4 5 | (2, 0, 0)',
      ].join('\n'),
    );
  });

  it('has coordinates of frame, row and column', () => {
    const plan = nextFrame({ frames: 2, sides: [2, 2] });

    expect([...stepCoordinates(plan, 1)]).toEqual([1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1]);
  });

  it('refuses no frames', () => {
    expect(() => nextFrame({ frames: 0, sides: [2, 2] })).toThrow(OptionError);
  });
});
