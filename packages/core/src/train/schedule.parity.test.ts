import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { learningRateAt, updateAverage } from './schedule.ts';

interface Fixture {
  readonly learning_rate: {
    readonly warm: number;
    readonly total: number;
    readonly base: number;
    readonly min: number;
    readonly values: number[];
  };
  readonly ema: {
    readonly decay: number;
    readonly start: number;
    readonly target: number;
    readonly after_1_10_100: number[];
  };
}

const source = { modality: 'core', system: 'schedules', file: 'tables.json' };

describeParity('schedules of training', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'schedules', source.file);

  describe('learningRateAt', () => {
    it('warms up and falls along the cosine of the table', () => {
      const { warm, total, base, min, values } = fixture.learning_rate;
      const schedule = {
        kind: 'cosine',
        peak: base,
        warmupSteps: warm,
        totalSteps: total,
        minimum: min,
      } as const;

      for (const [step, value] of values.entries()) {
        expect(learningRateAt(schedule, step)).toBeCloseTo(value, 12);
      }
    });
  });

  describe('updateAverage', () => {
    it('reaches the values of the table after 1, 10 and 100 steps', () => {
      const { decay, start, target, after_1_10_100 } = fixture.ema;
      const average = Float64Array.of(start);
      const reached: number[] = [];
      for (let step = 1; step <= 100; step++) {
        updateAverage(average, [target], decay);
        if ([1, 10, 100].includes(step)) reached.push(average[0]);
      }

      for (const [i, value] of after_1_10_100.entries()) expect(reached[i]).toBeCloseTo(value, 12);
    });
  });
});
