import { describe, expect, it } from 'vitest';
import { gatherVariateWindows, gatherWindows, windowStarts } from './windows.ts';

/** Row r, column c holds 10 r + c. */
const table = {
  values: Float64Array.from({ length: 12 }, (_, index) => 10 * Math.floor(index / 2) + (index % 2)),
  columns: 2,
};

describe('windowStarts', () => {
  it('has rows - lookBack - horizon + 1 windows', () => {
    expect(windowStarts({ start: 2, end: 12 }, { lookBack: 4, horizon: 3 })).toEqual({
      start: 2,
      end: 6,
    });
  });

  it('refuses a range shorter than one window and says what is needed', () => {
    expect(() => windowStarts({ start: 0, end: 6 }, { lookBack: 4, horizon: 3 })).toThrow(
      expect.objectContaining({ code: 'TOO_SHORT', message: expect.stringContaining('need 7') }),
    );
  });
});

describe('gatherWindows', () => {
  it('copies whole rows', () => {
    expect([...gatherWindows(table, [4, 0], 2)]).toEqual([40, 41, 50, 51, 0, 1, 10, 11]);
  });

  it.each([[[5]], [[-1]], [[NaN]]])('refuses windows from %j that leave the table', (starts) => {
    expect(() => gatherWindows(table, starts, 2)).toThrow(
      expect.objectContaining({ code: 'RANGE' }),
    );
  });
});

describe('gatherVariateWindows', () => {
  it('takes the variate and the row that the sample counts to', () => {
    // Sample 3 is variate 1 from row 1 on.
    expect([...gatherVariateWindows(table, [3, 0], 3)]).toEqual([11, 21, 31, 0, 10, 20]);
  });

  it('has every window of every variate among the samples of windowStarts', () => {
    const { start, end } = windowStarts({ start: 0, end: 6 }, { lookBack: 3, horizon: 1 });
    const samples = Array.from({ length: (end - start) * 2 }, (_, index) => start * 2 + index);

    const windows = gatherVariateWindows(table, samples, 4);

    expect([...windows.subarray(0, 4)]).toEqual([0, 10, 20, 30]);
    expect([...windows.subarray(-4)]).toEqual([21, 31, 41, 51]);
  });

  it('refuses samples whose window leaves the table', () => {
    expect(() => gatherVariateWindows(table, [7], 4)).toThrow(
      expect.objectContaining({ code: 'RANGE' }),
    );
  });
});
