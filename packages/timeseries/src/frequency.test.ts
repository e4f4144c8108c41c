import { describe, expect, it } from 'vitest';
import {
  continueTimestamps,
  describeFrequency,
  inferFrequency,
  seasonLength,
} from './frequency.ts';
import type { Frequency } from './series.ts';

const times = (...texts: string[]) => Float64Array.from(texts, (text) => Date.parse(text));
const dates = (timestamps: Float64Array) =>
  Array.from(timestamps, (time) => new Date(time).toISOString().slice(0, 10));

describe('inferFrequency', () => {
  it.each<[string[], Frequency]>([
    [['2016-07-01T00:00Z', '2016-07-01T00:15Z'], { count: 15, unit: 'minute' }],
    [['2016-07-01T00:00:00Z', '2016-07-01T00:00:04Z'], { count: 4, unit: 'second' }],
    [['2016-07-01', '2016-07-02'], { count: 1, unit: 'day' }],
    [['1958-03-29', '1958-04-05'], { count: 1, unit: 'week' }],
    [['2016-01-15', '2016-02-15', '2016-03-15'], { count: 1, unit: 'month' }],
    [['2016-01-31', '2016-02-29', '2016-03-31'], { count: 1, unit: 'month', isMonthEnd: true }],
    [['1959-01-01', '1959-04-01'], { count: 3, unit: 'month' }],
    [['1821-01-01', '1822-01-01'], { count: 1, unit: 'year' }],
    [['1949-01-01T05:00Z', '1949-02-01T05:00Z'], { count: 1, unit: 'month' }],
  ])('of %j', (texts, frequency) => {
    expect(inferFrequency(times(...texts))).toEqual(frequency);
  });

  it('refuses steps that change, months of different days too', () => {
    const refused = expect.objectContaining({
      code: 'FREQ',
      message: expect.stringContaining('row 3'),
    });

    expect(() => inferFrequency(times('2024-01-01', '2024-01-02', '2024-01-04'))).toThrow(refused);
    expect(() => inferFrequency(times('2024-01-01', '2024-02-01', '2024-04-01'))).toThrow(refused);
    expect(() => inferFrequency(times('2024-01-01', '2024-02-01', '2024-03-02'))).toThrow(
      expect.objectContaining({ code: 'FREQ' }),
    );
  });

  it('refuses steps below a second, and a single time', () => {
    expect(() => inferFrequency(Float64Array.of(0, 250))).toThrow(
      expect.objectContaining({ code: 'FREQ' }),
    );
    expect(() => inferFrequency(Float64Array.of(0))).toThrow(
      expect.objectContaining({ code: 'TOO_SHORT' }),
    );
  });
});

describe('continueTimestamps', () => {
  it('counts months by the calendar', () => {
    const month: Frequency = { count: 1, unit: 'month' };

    expect(dates(continueTimestamps(times('2023-12-01'), month, 3))).toEqual([
      '2024-01-01',
      '2024-02-01',
      '2024-03-01',
    ]);
    expect(dates(continueTimestamps(times('2024-01-30'), month, 2))).toEqual([
      '2024-02-29',
      '2024-03-30',
    ]);
  });

  it('stays on the last days of months', () => {
    const monthEnd: Frequency = { count: 1, unit: 'month', isMonthEnd: true };

    expect(dates(continueTimestamps(times('2023-02-28'), monthEnd, 2))).toEqual([
      '2023-03-31',
      '2023-04-30',
    ]);
  });

  it('counts years through leap days, and weeks', () => {
    expect(dates(continueTimestamps(times('2024-02-29'), { count: 1, unit: 'year' }, 4))).toEqual([
      '2025-02-28',
      '2026-02-28',
      '2027-02-28',
      '2028-02-29',
    ]);
    expect(dates(continueTimestamps(times('2024-02-26'), { count: 2, unit: 'week' }, 1))).toEqual([
      '2024-03-11',
    ]);
  });
});

describe('seasonLength', () => {
  it.each<[Frequency, number]>([
    [{ count: 1, unit: 'hour' }, 24],
    [{ count: 15, unit: 'minute' }, 96],
    [{ count: 1, unit: 'day' }, 7],
    [{ count: 1, unit: 'week' }, 1],
    [{ count: 1, unit: 'month' }, 12],
    [{ count: 3, unit: 'month' }, 4],
    [{ count: 1, unit: 'year' }, 1],
    [{ count: 5, unit: 'hour' }, 1],
  ])('of %j is %i', (frequency, season) => {
    expect(seasonLength(frequency)).toBe(season);
  });
});

describe('describeFrequency', () => {
  it('is words', () => {
    expect(describeFrequency({ count: 15, unit: 'minute' })).toBe('15 minutes');
    expect(describeFrequency({ count: 1, unit: 'hour' })).toBe('1 hour');
  });
});
