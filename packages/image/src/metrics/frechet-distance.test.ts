import { DataError, NumericError, ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { featureStatistics } from './feature-statistics.ts';
import { frechetDistance } from './frechet-distance.ts';

const line = (...values: number[]) => featureStatistics({ values, count: values.length, size: 1 });

describe('frechetDistance', () => {
  it('is (m1 - m2)^2 + (s1 - s2)^2 in one dimension', () => {
    // means 1 and 5, unbiased deviations sqrt(2) and sqrt(8)
    expect(frechetDistance(line(0, 2), line(3, 7))).toBeCloseTo(16 + 2, 12);
  });

  it('is 0 between a set and itself', () => {
    const values = [1, 5, 2, 2, 8, 1, 0, 3];
    const statistics = featureStatistics({ values, count: 4, size: 2 });

    expect(frechetDistance(statistics, statistics)).toBeCloseTo(0, 10);
  });

  it.each([2, 3, 5])(
    'takes %i samples of many features, whose covariance has low rank',
    (count) => {
      const size = 64;
      const values = Float64Array.from({ length: count * size }, (_, i) => Math.sin(i * i));
      const shifted = values.map((value) => value + 0.5);

      // Equal covariances: only the means differ, by 0.5 in each of 64 features.
      const distance = frechetDistance(
        featureStatistics({ values, count, size }),
        featureStatistics({ values: shifted, count, size }),
      );

      // The roots of 60 eigenvalues of rounding size, about 1e-16, are in it.
      expect(distance).toBeCloseTo(16, 4);
    },
  );

  it('refuses features of other sizes, one sample, and NaN', () => {
    const wide = featureStatistics({ values: [1, 2, 3, 4], count: 2, size: 2 });

    expect(() => frechetDistance(line(0, 1), wide)).toThrow(ShapeError);
    expect(() => line(1)).toThrow(DataError);
    expect(() => line(1, NaN)).toThrow(NumericError);
  });
});
