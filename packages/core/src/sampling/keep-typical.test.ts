import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { keepTypical } from './keep-typical.ts';

describe('keepTypical', () => {
  it('prefers a token as surprising as the entropy over the most probable one', () => {
    // Masses 0.5, 0.3, 0.2 have entropy 1.03: 0.3 (surprise 1.20) is closer to it than 0.5 (0.69).
    const row = Float64Array.of(Math.log(0.5), Math.log(0.3), Math.log(0.2));

    const kept = keepTypical(row, 0.2);

    expect([...kept].map(Number.isFinite)).toEqual([false, true, false]);
  });

  it('keeps all of a uniform row, since all are tied', () => {
    expect([...keepTypical(Float64Array.of(1, 1, 1, 1), 0.1)]).toEqual([1, 1, 1, 1]);
  });

  it.each([-0.1, 1.1, NaN])('refuses the mass %s', (mass) => {
    expect(() => keepTypical(Float64Array.of(1), mass)).toThrow(OptionError);
  });
});
