import { describe, expect, it } from 'vitest';
import { type FillMethod, countMissing, fillMissing } from './fill-missing.ts';

const series = {
  values: Float64Array.of(NaN, 10, 2, NaN, NaN, NaN, 8, 40, NaN, NaN),
  variates: ['a', 'b'],
};
const column = (method: FillMethod, variate: number, season?: number) => {
  const { values } = fillMissing(series, method, season);
  return Array.from(values.filter((_, index) => index % 2 === variate));
};

describe('fillMissing', () => {
  it('repeats the value before, and the first one before it', () => {
    expect(column('previous', 0)).toEqual([2, 2, 2, 8, 8]);
    expect(column('previous', 1)).toEqual([10, 10, 10, 40, 40]);
  });

  it('draws a line between neighbors', () => {
    expect(column('linear', 0)).toEqual([2, 2, 5, 8, 8]);
    expect(column('linear', 1)).toEqual([10, 20, 30, 40, 40]);
  });

  it('takes the mean of whole seasons before and after, or else the line', () => {
    expect(column('seasonal', 1, 2)).toEqual([10, 40, 10, 40, 10]);
    expect(column('seasonal', 0, 2)).toEqual([2, 2, 5, 8, 8]);
  });

  it('refuses where errors are asked for, naming the first and their number', () => {
    expect(() => fillMissing(series, 'error')).toThrow(
      expect.objectContaining({
        code: 'BAD_INPUT',
        message: expect.stringMatching(/row 1 of "a" is NaN \(6 such/),
      }),
    );
  });

  it('refuses a variate without any value', () => {
    const empty = { values: Float64Array.of(NaN, NaN), variates: ['a'] };

    expect(() => fillMissing(empty, 'linear')).toThrow(expect.objectContaining({ code: 'EMPTY' }));
  });
});

describe('countMissing', () => {
  it('counts NaN', () => {
    expect(countMissing(series)).toBe(6);
  });
});
