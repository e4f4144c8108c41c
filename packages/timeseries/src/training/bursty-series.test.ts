import { foldIn } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { burstySeries } from './bursty-series.ts';

const many = Array.from({ length: 200 }, (_, index) => burstySeries(foldIn([5, 6], index), 504));
const mean = (values: Float32Array) =>
  values.reduce((sum, value) => sum + value / values.length, 0);
const median = (values: Float32Array) => values.toSorted()[252];

describe('burstySeries', () => {
  it('is the same for the same key and another for another', () => {
    expect(burstySeries([1, 2], 64)).toEqual(burstySeries([1, 2], 64));
    expect(burstySeries([1, 2], 64)).not.toEqual(burstySeries([1, 3], 64));
  });

  it('is finite and never negative', () => {
    for (const values of many)
      expect(values.every((value) => value >= 0 && value < 1e6)).toBe(true);
  });

  it('has more low values than high ones', () => {
    expect(many.filter((values) => mean(values) > median(values)).length).toBeGreaterThan(150);
  });

  it('is zero for long in some series', () => {
    const resting = many.filter(
      (values) => values.filter((value) => value === 0).length > values.length / 4,
    );

    expect(resting.length).toBeGreaterThan(5);
    expect(resting.length).toBeLessThan(80);
  });
});
