import { describe, expect, it } from 'vitest';
import { arCosts, growthExponent, renderArCosts } from './ar-cost.ts';

describe('growthExponent', () => {
  it('is 1 of what grows in proportion and 2 of what grows as the square', () => {
    expect(growthExponent([1, 2, 4], [3, 6, 12])).toBeCloseTo(1, 12);
    expect(growthExponent([1, 2, 4], [3, 12, 48])).toBeCloseTo(2, 12);
  });
});

describe('arCosts', () => {
  it('has the fastest round of each fit for each order', async () => {
    let ticks = 0;
    // Each reading is later by one more, so that the first round is the fastest.
    const now = () => (ticks * ++ticks) / 2;

    const costs = await arCosts({ orders: [1, 2], length: 50, steps: 1, rounds: 2, now });

    expect(costs.map(({ order }) => order)).toEqual([1, 2]);
    // Eight readings warm up; reading k is at k (k - 1) / 2, so two in turn lie k apart.
    expect(costs.map(({ arNet, leastSquares }) => [arNet, leastSquares])).toEqual([
      [9, 13],
      [17, 21],
    ]);
  });
});

describe('renderArCosts', () => {
  it('ends with the powers by which the times grow', () => {
    const table = renderArCosts([
      { order: 10, arNet: 0.001, leastSquares: 0.001 },
      { order: 20, arNet: 0.002, leastSquares: 0.004 },
    ]);

    expect(table).toContain('| 20     | 2.0 ms');
    expect(table).toMatch(/grows as p\^1\.00 +\| grows as p\^2\.00/);
  });
});
