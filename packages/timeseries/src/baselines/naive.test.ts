import { describe, expect, it } from 'vitest';
import { naive, seasonalNaive } from './naive.ts';
import { naive2 } from './naive2.ts';

const history = Float64Array.of(1, 2, 3, 4);
const forecast = (baseline: typeof naive, horizon: number) => [
  ...baseline.fit(history).predict(history, horizon),
];

describe('naive', () => {
  it('repeats the last value', () => {
    expect(forecast(naive, 3)).toEqual([4, 4, 4]);
  });
});

describe('seasonalNaive', () => {
  it('repeats the last season from its beginning', () => {
    expect(forecast(seasonalNaive(3), 5)).toEqual([2, 3, 4, 2, 3]);
  });

  it('needs a season', () => {
    expect(() => seasonalNaive(5).fit(history)).toThrow(
      expect.objectContaining({ code: 'TOO_SHORT', message: expect.stringContaining('5 values') }),
    );
  });
});

describe('naive2', () => {
  it('puts the seasons back where a test finds them', () => {
    const seasonal = Float64Array.from({ length: 40 }, (_, index) => [2, 4, 6, 8][index % 4]);

    const next = naive2(4).fit(seasonal).predict(seasonal, 5);

    [2, 4, 6, 8, 2].forEach((value, index) => {
      expect(next[index]).toBeCloseTo(value, 12);
    });
  });

  it('repeats the last value where there are none', () => {
    expect(forecast(naive2(4), 2)).toEqual([4, 4]);
    expect(forecast(naive2(1), 2)).toEqual([4, 4]);
  });

  it('goes on from where the past ends', () => {
    const seasonal = Float64Array.from({ length: 40 }, (_, index) => [2, 4, 6, 8][index % 4]);

    expect(naive2(4).fit(seasonal).predict(seasonal.subarray(0, 38), 1)[0]).toBeCloseTo(6, 12);
  });
});
