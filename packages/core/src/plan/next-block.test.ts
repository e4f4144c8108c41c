import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { describePlan } from './describe-plan.ts';
import { nextBlock } from './next-block.ts';

describe('nextBlock', () => {
  it('prints blocks in raster order with raster ids inside', () => {
    expect(describePlan(nextBlock({ sides: [4, 4], block: [2, 2] }))).toBe(
      [
        'next-block: 16 positions in 4 steps, causal',
        '0 | 4 | 0 1 4 5 | (0, 0)',
        '1 | 4 | 2 3 6 7 | (0, 2)',
        '2 | 4 | 8 9 12 13 | (2, 0)',
        '3 | 4 | 10 11 14 15 | (2, 2)',
      ].join('\n'),
    );
  });

  it.each([
    [
      [4, 4],
      [3, 2],
    ],
    [[4, 4], [2]],
    [
      [4, 4],
      [0, 2],
    ],
    [
      [4, 4],
      [8, 4],
    ],
    [
      [4, 4],
      [1.5, 2],
    ],
  ])('refuses the sides %j in blocks of %j', (sides, block) => {
    expect(() => nextBlock({ sides, block })).toThrow(OptionError);
  });
});
