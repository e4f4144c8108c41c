import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { revealCounts } from './reveal-schedule.ts';
import type { RevealSchedule } from './reveal-schedule.ts';

const { tokens_revealed_per_step } = readFixtureJson<{
  tokens_revealed_per_step: Record<string, number[]>;
}>('core', 'schedules', 'tables.json');

describe('revealCounts', () => {
  it.each(Object.entries(tokens_revealed_per_step))('gives the table of %s', (name, counts) => {
    const [, schedule, count, steps] = /^(\w+),L=(\d+),T=(\d+)$/.exec(name) ?? [];

    const revealed = revealCounts({
      count: Number(count),
      steps: Number(steps),
      // The file's keys are the names of the schedules.
      schedule: schedule as RevealSchedule,
    });

    expect(revealed).toEqual(counts);
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
