import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { describePlan } from './describe-plan.ts';
import { permutation } from '../random/permutation.ts';
import { planLength } from './plan.ts';
import { randomOrder } from './random-order.ts';

describe('randomOrder', () => {
  it('reveals 16 positions in the 2, 3, 5 and 6 of the cosine table', () => {
    expect(randomOrder({ sides: [4, 4], steps: 4, key: [1, 2] }).stepStarts).toEqual([
      0, 2, 5, 10, 16,
    ]);
  });

  it('prints few positions at first, out of order, all of which see each other', () => {
    expect(describePlan(randomOrder({ sides: [2, 4], steps: 3, key: [1, 2] }))).toBe(
      [
        'random-order: 8 positions in 3 steps, full',
        '0 | 2 | 4 1 | (1, 0)',
        '1 | 2 | 2 6 | (0, 2)',
        '2 | 4 | 0 5 7 3 | (0, 0)',
      ].join('\n'),
    );
  });

  it('follows the permutation of its key and carries the coordinates along', () => {
    const { positions, coordinates } = randomOrder({ sides: [3, 5], steps: 2, key: [1, 2] });

    expect([...positions]).toEqual([...permutation([1, 2], 15)]);
    for (const [i, cell] of positions.entries()) {
      expect(5 * coordinates[2 * i] + coordinates[2 * i + 1]).toBe(cell);
    }
  });

  it('depends on the key', () => {
    const [a, b] = [1, 2].map((k) => randomOrder({ sides: [4, 4], steps: 4, key: [k, 0] }));

    expect(planLength(a)).toBe(planLength(b));
    expect([...a.positions]).not.toEqual([...b.positions]);
  });

  it.each([0, 17, 1.5, NaN])('refuses %s steps for 16 positions', (steps) => {
    expect(() => randomOrder({ sides: [4, 4], steps, key: [0, 0] })).toThrow(OptionError);
  });
});
