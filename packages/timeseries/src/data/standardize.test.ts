import { describe, expect, it } from 'vitest';
import { standardization, standardize } from './standardize.ts';

const series = { values: Float64Array.of(1, 5, 3, 5, 8, 5), variates: ['a', 'b'] };

describe('standardization', () => {
  it('takes mean and population deviation of each variate from the training rows alone', () => {
    const scale = standardization(series, { start: 0, end: 2 });

    expect([...scale.mean]).toEqual([2, 5]);
    expect([...scale.deviation]).toEqual([1, 1]);
    expect([...standardize(series.values, scale)]).toEqual([-1, 0, 1, 0, 6, 0]);
  });

  it('stays finite for values of 1e300', () => {
    const huge = { values: Float64Array.of(1e300, 3e300), variates: ['a'] };
    const scale = standardization(huge, { start: 0, end: 2 });

    expect(scale.mean[0] / 2e300).toBeCloseTo(1, 12);
    expect(scale.deviation[0] / 1e300).toBeCloseTo(1, 12);
  });

  it('gives a constant series its own value, whatever the rounding of sums', () => {
    const constant = { values: new Float64Array(7).fill(0.1), variates: ['a'] };
    const scale = standardization(constant, { start: 0, end: 7 });

    expect([scale.mean[0], scale.deviation[0]]).toEqual([0.1, 1]);
  });

  it('refuses missing values by row and name, and rows that are not there', () => {
    const missing = { values: Float64Array.of(1, NaN), variates: ['load'] };

    expect(() => standardization(missing, { start: 0, end: 2 })).toThrow(/row 1 of "load"/);
    expect(() => standardization(series, { start: 0, end: 4 })).toThrow(/it has 3/);
  });
});
