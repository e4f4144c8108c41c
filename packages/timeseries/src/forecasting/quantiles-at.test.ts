import { describe, expect, it } from 'vitest';
import { quantilesAt } from './quantiles-at.ts';

describe('quantilesAt', () => {
  it('is linear between the quantiles that are known', () => {
    const quantiles = Float64Array.of(0, 10, 30, 1, 2, 3);

    expect([...quantilesAt(quantiles, [0.25, 0.5, 0.75], [0.25, 0.375, 0.5, 0.75])]).toEqual([
      0, 5, 10, 30, 1, 1.5, 2, 3,
    ]);
  });

  it('has the tails of a Laplace distribution', () => {
    // Its quantile is the scale times ln(2 p) below the median, and so again above.
    const levels = [0.1, 0.5, 0.9];
    const laplace = (p: number) => 7 + 3 * (p < 0.5 ? Math.log(2 * p) : -Math.log(2 * (1 - p)));

    const tails = quantilesAt(Float64Array.from(levels, laplace), levels, [0.025, 0.99]);

    expect(tails[0]).toBeCloseTo(laplace(0.025), 12);
    expect(tails[1]).toBeCloseTo(laplace(0.99), 12);
  });
});
