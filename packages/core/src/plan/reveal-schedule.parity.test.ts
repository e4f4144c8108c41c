import { expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { revealCounts } from './reveal-schedule.ts';
import type { RevealSchedule } from './reveal-schedule.ts';

interface Fixture {
  readonly tokens_revealed_per_step: Readonly<Record<string, number[]>>;
}

const source = { modality: 'core', system: 'schedules', file: 'tables.json' };

describeParity('revealCounts', source, () => {
  const tables = readFixtureJson<Fixture>('core', 'schedules', source.file);

  it.each(Object.entries(tables.tokens_revealed_per_step))(
    'gives the table of %s',
    (name, counts) => {
      const [, schedule, count, steps] = /^(\w+),L=(\d+),T=(\d+)$/.exec(name) ?? [];

      const revealed = revealCounts({
        count: Number(count),
        steps: Number(steps),
        // The file's keys are the names of the schedules.
        schedule: schedule as RevealSchedule,
      });

      expect(revealed).toEqual(counts);
    },
  );
});
