import { describe, expect, it } from 'vitest';
import type { Frequency } from '../series.ts';
import { calendarFeatures } from './calendar.ts';

// A Sunday and the last day of a leap year's February.
const times = Float64Array.of(Date.UTC(2032, 1, 29, 23, 59, 30));

describe('calendarFeatures', () => {
  it.each<[Frequency['unit'], number[]]>([
    ['second', [30 / 59, 1, 1, 1, 28 / 30, 59 / 365]],
    ['minute', [1, 1, 1, 28 / 30, 59 / 365]],
    ['hour', [1, 1, 28 / 30, 59 / 365]],
    ['day', [1, 28 / 30, 59 / 365]],
    ['week', [28 / 30, 8 / 52]],
    ['month', [1 / 11]],
    ['year', []],
  ])('of steps of a %s', (unit, expected) => {
    const { values, columns } = calendarFeatures(times, { unit });

    expect(columns).toBe(expected.length);
    expected.forEach((value, column) => {
      expect(values[column]).toBeCloseTo(value - 0.5, 6);
    });
  });
});
