import { foldIn } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { calendarSeries } from './calendar-series.ts';

const many = Array.from({ length: 200 }, (_, index) => calendarSeries(foldIn([3, 4], index), 504));
const distance = (values: Float32Array, lag: number): number =>
  values.slice(lag).reduce((sum, value, row) => sum + Math.abs(value - values[row]), 0) /
  (values.length - lag);

describe('calendarSeries', () => {
  it('is the same for the same key and another for another', () => {
    expect(calendarSeries([1, 2], 64)).toEqual(calendarSeries([1, 2], 64));
    expect(calendarSeries([1, 2], 64)).not.toEqual(calendarSeries([1, 3], 64));
  });

  it('is finite and never negative', () => {
    for (const values of many)
      expect(values.every((value) => value >= 0 && value < 1e6)).toBe(true);
  });

  it('mostly repeats itself from day to day', () => {
    const daily = many.filter((values) => distance(values, 24) < distance(values, 12));

    expect(daily.length).toBeGreaterThan(120);
  });

  it('counts whole numbers in half of the series', () => {
    const whole = many.filter((values) => values.every(Number.isInteger));

    // Four standard deviations of a binomial count of 200 are 28.
    expect(Math.abs(whole.length - 100)).toBeLessThan(28);
  });
});
