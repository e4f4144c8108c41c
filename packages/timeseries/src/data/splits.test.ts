import { describe, expect, it } from 'vitest';
import { ettSplit, fractionSplit, reachBack } from './splits.ts';

describe('ettSplit', () => {
  it('has the borders 8640, 11520 and 14400 of the hourly sets', () => {
    expect(ettSplit()).toEqual({
      train: { start: 0, end: 8640 },
      validation: { start: 8640, end: 11_520 },
      test: { start: 11_520, end: 14_400 },
    });
  });

  it('has four times those rows at 15 minutes', () => {
    const { train, test } = ettSplit(4);

    expect([train.end, test.start, test.end]).toEqual([34_560, 46_080, 57_600]);
  });
});

describe('fractionSplit', () => {
  it('rounds training and test down and leaves the rest to validation', () => {
    // exchange_rate: int(0.7 · 7588) = 5311, int(0.2 · 7588) = 1517.
    expect(fractionSplit(7588)).toEqual({
      train: { start: 0, end: 5311 },
      validation: { start: 5311, end: 6071 },
      test: { start: 6071, end: 7588 },
    });
  });
});

describe('reachBack', () => {
  it('takes the look-back from the rows before', () => {
    expect(reachBack({ start: 11_520, end: 14_400 }, 96)).toEqual({ start: 11_424, end: 14_400 });
  });

  it('refuses a look-back longer than what precedes', () => {
    expect(() => reachBack({ start: 95, end: 200 }, 96)).toThrow(/TOO_SHORT|95 or less/);
  });
});
