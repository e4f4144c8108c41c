import { describe, expect, it } from 'vitest';
import { weightedSampling } from './weighted-sampling.ts';

describe('weightedSampling', () => {
  it('takes every sample once an epoch where there are no weights', () => {
    const { count, pick } = weightedSampling(3);

    expect(count).toBe(3);
    expect(pick(Int32Array.of(2, 0, 1), [1, 2])).toEqual(Int32Array.of(2, 0, 1));
  });

  it('draws each sample as often an epoch as it weighs, whatever the key', () => {
    const { count, pick } = weightedSampling(4, Float32Array.of(3, 0, 1, 2));

    for (const key of [
      [1, 2],
      [3, 4],
    ] as const) {
      const drawn = pick(
        Int32Array.from({ length: count }, (_, stratum) => stratum),
        [...key],
      );
      expect(drawn.toSorted()).toEqual(Int32Array.of(0, 0, 0, 2, 3, 3));
    }
  });

  it('has as many strata as the weights sum up to, rounded', () => {
    expect(weightedSampling(3, Float32Array.of(0.5, 0.5, 1.4)).count).toBe(2);
  });
});
