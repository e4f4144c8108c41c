import { describe, expect, it } from 'vitest';
import { smape } from './smape.ts';

describe('smape', () => {
  it('is 200 |y - f| / (|y| + |f|) on average', () => {
    expect(smape([1, -2], [3, -2])).toBeCloseTo((200 * 2) / 4 / 2, 12);
  });

  it('is 200 for the wrong sign and 0 for a pair of zeros', () => {
    expect(smape([5], [-1])).toBe(200);
    expect(smape([0], [0])).toBe(0);
  });
});
