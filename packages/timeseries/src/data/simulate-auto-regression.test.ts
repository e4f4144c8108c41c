import { describe, expect, it } from 'vitest';
import { simulateAutoRegression, stationaryCoefficients } from './simulate-auto-regression.ts';

describe('stationaryCoefficients', () => {
  it('follows the closed form of two lags', () => {
    // Of AR(2): φ1 = r1 (1 - r2), φ2 = r2.
    const [first, second] = stationaryCoefficients([0.5, -0.4]);

    expect(first).toBeCloseTo(0.7, 12);
    expect(second).toBe(-0.4);
  });
});

describe('simulateAutoRegression', () => {
  it('has the variance and the correlation of its process', () => {
    const values = simulateAutoRegression([0.8], 100_000, [1, 2]);

    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    const products = values.reduce((sum, value, i) => sum + value * (values[i - 1] ?? 0), 0);

    // 1 / (1 - 0.8²) = 2.78, known to about 2 % from so many correlated values.
    expect(variance / (1 / (1 - 0.8 ** 2))).toBeCloseTo(1, 1);
    expect(products / values.length / variance).toBeCloseTo(0.8, 2);
  });

  it('is the same for the same key and another for another', () => {
    const [once, again, other] = [1, 1, 2].map((key) => simulateAutoRegression([0.5], 9, [key, 0]));

    expect(once).toEqual(again);
    expect(once).not.toEqual(other);
  });
});
