import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { describePlan } from './describe-plan.ts';
import { raster } from './raster.ts';

describe('raster', () => {
  it('prints as one position a step, columns fastest', () => {
    expect(describePlan(raster({ sides: [2, 2] }))).toBe(
      [
        'raster: 4 positions in 4 steps, causal',
        '0 | 1 | 0 | (0, 0)',
        '1 | 1 | 1 | (0, 1)',
        '2 | 1 | 2 | (1, 0)',
        '3 | 1 | 3 | (1, 1)',
      ].join('\n'),
    );
  });

  it.each([1, 2, 3])('takes %i sides', (rank) => {
    expect(raster({ sides: Array.from({ length: rank }, () => 3) }).positions).toHaveLength(
      3 ** rank,
    );
  });

  it.each([[[]], [[0, 4]], [[2, -1]], [[1.5, 2]], [[NaN]], [[1, 1, 1, 1]], [[2 ** 24, 2]]])(
    'refuses the sides %j',
    (sides) => {
      expect(() => raster({ sides })).toThrow(OptionError);
    },
  );
});
