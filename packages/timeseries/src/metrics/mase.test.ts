import { describe, expect, it } from 'vitest';
import { mase, seasonalScale } from './mase.ts';

describe('seasonalScale', () => {
  it('is the mean absolute step from season to season', () => {
    expect(seasonalScale([1, 2, 4, 8], 1)).toBeCloseTo((1 + 2 + 4) / 3, 15);
    expect(seasonalScale([1, 2, 4, 8], 2)).toBeCloseTo((3 + 6) / 2, 15);
  });

  it('refuses a history of one season, and one that repeats itself', () => {
    expect(() => seasonalScale([1, 2], 2)).toThrow(expect.objectContaining({ code: 'TOO_SHORT' }));
    expect(() => seasonalScale([1, 2, 1, 2], 2)).toThrow(
      expect.objectContaining({ code: 'DEGENERATE' }),
    );
  });
});

describe('mase', () => {
  it('is 1 where the forecast errs as the seasonal naive one did in sample', () => {
    expect(mase([10, 10], [13, 7], seasonalScale([0, 3, 0, 3], 1))).toBe(1);
  });
});
