import { describe, expect, it } from 'vitest';
import { errorQuantiles, quantileOf } from './error-quantiles.ts';
import { naive } from './naive.ts';

describe('errorQuantiles', () => {
  it('are those of the past errors of each step', () => {
    // A line of slope 2: repeating the last value errs by 2 h at step h.
    const line = Float64Array.from({ length: 30 }, (_, index) => 2 * index);

    const quantiles = errorQuantiles(naive.fit(line), line, { horizon: 3, probabilities: [0.1, 0.9] });

    expect([...quantiles]).toEqual([2, 2, 4, 4, 6, 6]);
  });

  it('widen by the root of the step where the past shows too few', () => {
    // 11 values show step 1 ten times, step 4 seven times.
    const steps = Float64Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0);

    const quantiles = errorQuantiles(naive.fit(steps), steps, { horizon: 4, probabilities: [1] });

    expect(quantiles[3]).toBeCloseTo(quantiles[0] * 2, 12);
  });

  it('count over 256 starts of a long past', () => {
    let calls = 0;
    const counted = { context: 1, predict: (past: Float64Array, horizon: number) => {
      calls += 1;
      return naive.fit(past).predict(past, horizon);
    } };

    errorQuantiles(counted, new Float64Array(10_000), { horizon: 2, probabilities: [0.5] });

    expect(calls).toBe(256);
  });

  it('need one step of the past', () => {
    expect(() =>
      errorQuantiles(naive.fit(Float64Array.of(1)), Float64Array.of(1), { horizon: 1, probabilities: [0.5] }),
    ).toThrow(expect.objectContaining({ code: 'TOO_SHORT' }));
  });
});

describe('quantileOf', () => {
  it('is linear between ordered values', () => {
    expect(quantileOf([30, 10, 20], 0.25)).toBe(15);
    expect(quantileOf([4], 0.9)).toBe(4);
  });
});
