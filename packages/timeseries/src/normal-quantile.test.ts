import { describe, expect, it } from 'vitest';
import { normalQuantile } from './normal-quantile.ts';

describe('normalQuantile', () => {
  it.each([
    [0.5, 0],
    [0.75, 0.6744897501960817],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
    [0.0001, -3.719016485455709],
  ])('of %s is the %s that tables have', (probability, quantile) => {
    expect(normalQuantile(probability)).toBeCloseTo(quantile, 10);
  });
});
