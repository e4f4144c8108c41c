import { describe, expect, it } from 'vitest';
import { describePlan } from './describe-plan.ts';
import { nextRow } from './next-row.ts';

describe('nextRow', () => {
  it('prints one row a step', () => {
    expect(describePlan(nextRow({ sides: [3, 4] }))).toBe(
      [
        'next-row: 12 positions in 3 steps, causal',
        '0 | 4 | 0 1 2 3 | (0, 0)',
        '1 | 4 | 4 5 6 7 | (1, 0)',
        '2 | 4 | 8 9 10 11 | (2, 0)',
      ].join('\n'),
    );
  });
});
