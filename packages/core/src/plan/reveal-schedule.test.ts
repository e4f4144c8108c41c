import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { revealCounts } from './reveal-schedule.ts';
import type { RevealSchedule } from './reveal-schedule.ts';

describe('revealCounts', () => {
  it('reveals 16 positions in 4 steps of 2, 3, 5 and 6 along the cosine', () => {
    expect(revealCounts({ count: 16, steps: 4 })).toEqual([2, 3, 5, 6]);
  });

  it('reveals all positions, at least one a step', () => {
    const schedules = fc.constantFrom<RevealSchedule>('cosine', 'linear', 'square', 'arccos');
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 300 }), fc.nat(), (schedule, count, n) => {
        const steps = 1 + (n % count);
        const counts = revealCounts({ count, steps, schedule });

        expect(counts).toHaveLength(steps);
        expect(counts.reduce((a, b) => a + b)).toBe(count);
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('refuses an unknown schedule by name', () => {
    // A name from outside TypeScript, such as a prototype's.
    const schedule = 'toString' as RevealSchedule;

    expect(() => revealCounts({ count: 4, steps: 2, schedule })).toThrow(OptionError);
  });
});
