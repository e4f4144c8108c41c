import { describe, expect, it } from 'vitest';
import { normalQuantile } from './normal-quantile.ts';
import { stratifiedNormals } from './stratified-normals.ts';

describe('stratifiedNormals', () => {
  it('has of each dimension one number in every hundredth of the distribution', () => {
    const values = stratifiedNormals([1, 2], 3, 100);

    for (const dimension of [0, 1, 2]) {
      const ascending = values.subarray(100 * dimension, 100 * dimension + 100).toSorted();
      ascending.slice(1, -1).forEach((value, index) => {
        expect(value).toBeGreaterThanOrEqual(normalQuantile((index + 1) / 100) - 1e-6);
        expect(value).toBeLessThanOrEqual(normalQuantile((index + 2) / 100) + 1e-6);
      });
      expect(ascending[0]).toBeLessThan(normalQuantile(0.01));
      expect(ascending[99]).toBeGreaterThan(normalQuantile(0.99));
    }
  });

  it('does not order one dimension by another', () => {
    const count = 2000;
    const values = stratifiedNormals([3, 4], 2, count);

    const products = values.subarray(0, count).map((value, draw) => value * values[count + draw]);
    const correlation = products.reduce((sum, product) => sum + product / count, 0);

    // Its deviation is 1 / √2000.
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(count));
  });

  it('gives other numbers for another key, and of one draw any', () => {
    const ofOne = [1, 2, 3, 4].map((seed) => stratifiedNormals([0, seed], 1, 1)[0]);

    expect(new Set(ofOne).size).toBe(4);
    expect(stratifiedNormals([1, 2], 2, 5)).toEqual(stratifiedNormals([1, 2], 2, 5));
  });
});
