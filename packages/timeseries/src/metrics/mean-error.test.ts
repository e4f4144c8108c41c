import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { mae, mse } from './mean-error.ts';

describe('mse and mae', () => {
  it('average over all values', () => {
    expect(mse([1, 2, 3], [1, 4, 0])).toBeCloseTo((0 + 4 + 9) / 3, 15);
    expect(mae([1, 2, 3], [1, 4, 0])).toBeCloseTo((0 + 2 + 3) / 3, 15);
  });

  it('refuse forecasts of another length, and none', () => {
    expect(() => mse([1], [1, 2])).toThrow(ShapeError);
    expect(() => mae([], [])).toThrow(ShapeError);
  });
});
