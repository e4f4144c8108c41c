import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { learningRateAt, updateAverage, weightDecayAt } from './schedule.ts';
import type { LearningRateSchedule } from './schedule.ts';

// Step, learning rate and weight decay that VAR's own training code gives for 1000 steps of which 20 warm up,
// peak 1e-4, decay 0.05 to 0.08; stored as float32.
const varCurve: readonly (readonly [number, number, number])[] = [
  [0, 4.999999987376214e-7, 0.05000000074505806],
  [37, 9.999999747378752e-5, 0.050101425498723984],
  [74, 9.95113150565885e-5, 0.050404325127601624],
  [111, 9.593086724635214e-5, 0.05090460926294327],
  [481, 6.012633821228519e-5, 0.06412782520055771],
  [962, 1.3580453014583327e-5, 0.07989857345819473],
  [999, 9.999999747378752e-6, 0.07999999821186066],
];

describe('learningRateAt', () => {
  it('falls along half a cosine to the minimum', () => {
    const schedule = { kind: 'cosine', peak: 3, minimum: 1, totalSteps: 4 } as const;

    const rates = [0, 2, 4, 9].map((step) => learningRateAt(schedule, step));
    [3, 2, 1, 1].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
  });

  it.each(varCurve)('has the rate of VAR at step %i', (step, rate) => {
    const schedule: LearningRateSchedule = {
      kind: 'lin0',
      peak: 1e-4,
      totalSteps: 1000,
      warmupSteps: 20,
      warmupStart: 0.005,
    };

    expect(learningRateAt(schedule, step)).toBeCloseTo(rate, 11);
  });

  it('warms up in a straight line from the share it starts at', () => {
    const schedule = { kind: 'constant', peak: 2, warmupSteps: 20, warmupStart: 0.005 } as const;

    // Half way from 0.005 to 1 is 0.5025.
    expect(learningRateAt(schedule, 10)).toBeCloseTo(2 * 0.5025, 15);
  });

  it('falls in a straight line from the end of the warm-up', () => {
    const schedule: LearningRateSchedule = {
      kind: 'linear',
      peak: 1,
      totalSteps: 6,
      warmupSteps: 2,
      minimum: 0.2,
    };

    const rates = [0, 1, 2, 3, 4, 5, 6, 7].map((step) => learningRateAt(schedule, step));

    const expected = [0.5, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2];
    for (const [i, rate] of expected.entries()) expect(rates[i]).toBeCloseTo(rate, 15);
  });

  it('stays at the peak when constant', () => {
    expect(learningRateAt({ kind: 'constant', peak: 3 }, 0)).toBe(3);
    expect(learningRateAt({ kind: 'constant', peak: 3, warmupSteps: 3 }, 1)).toBe(2);
    expect(learningRateAt({ kind: 'constant', peak: 3, warmupSteps: 3 }, 1e6)).toBe(3);
  });

  it.each([-1, 0.5, NaN])('refuses step %s', (step) => {
    expect(() => learningRateAt({ kind: 'constant', peak: 1 }, step)).toThrow(OptionError);
  });
});

describe('weightDecayAt', () => {
  it.each(varCurve)('has the decay of VAR at step %i', (step, _, decay) => {
    expect(weightDecayAt({ start: 0.05, end: 0.08, totalSteps: 1000 }, step)).toBeCloseTo(decay, 8);
  });

  it('is the end when there is only one step', () => {
    expect(weightDecayAt({ start: 0.05, end: 0.08, totalSteps: 1 }, 0)).toBe(0.08);
  });
});

describe('updateAverage', () => {
  it('moves by the share that the decay leaves', () => {
    expect([...updateAverage(Float64Array.of(1, 2), [3, 2], 0.75)]).toEqual([1.5, 2]);
  });
});
