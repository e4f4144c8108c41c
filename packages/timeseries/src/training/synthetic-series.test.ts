import { foldIn } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { syntheticSeries } from './synthetic-series.ts';

const many = Array.from({ length: 300 }, (_, index) => syntheticSeries(foldIn([1, 2], index), 512));
/** Autocorrelation at a lag. */
const correlation = (values: Float32Array, lag: number): number => {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  let [shared, all] = [0, 0];
  values.forEach((value, time) => {
    all += (value - mean) ** 2;
    if (time >= lag) shared += (value - mean) * (values[time - lag] - mean);
  });
  return shared / all;
};

describe('syntheticSeries', () => {
  it('is the same for the same key and another for another', () => {
    expect(syntheticSeries([1, 2], 64)).toEqual(syntheticSeries([1, 2], 64));
    expect(syntheticSeries([1, 2], 64)).not.toEqual(syntheticSeries([1, 3], 64));
  });

  it('is finite and never constant', () => {
    for (const values of many) {
      expect(values).toHaveLength(512);
      expect(values.every(Number.isFinite)).toBe(true);
      expect(Math.max(...values)).toBeGreaterThan(Math.min(...values));
    }
  });

  it('can mostly be foretold: most series are like themselves a step before, and some are noise', () => {
    const near = many.map((values) => correlation(values, 1));

    expect(near.filter((value) => value > 0.8).length).toBeGreaterThan(150);
    expect(near.filter((value) => value < 0.3).length).toBeGreaterThan(3);
  });

  it('has scales over four orders of magnitude', () => {
    const sizes = many.map((values) => Math.log10(Math.max(...values.map(Math.abs))));

    expect(Math.max(...sizes) - Math.min(...sizes)).toBeGreaterThan(4);
  });
});
