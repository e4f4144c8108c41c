import { uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';

/** Draws samples in proportion to their weights, evenly spread: an epoch has `count` strata of equal weight. */
export interface WeightedSampling {
  /** Samples of an epoch: the sum of the weights, rounded, or all samples where there are no weights. */
  readonly count: number;
  /** Samples of some strata. */
  pick(strata: Int32Array, key: Key): Int32Array;
}

/**
 * Sampling by weight.
 *
 * @param size  Samples of the data set.
 * @param weights  `[size]`, at least 0 each; absent, each stratum is a sample.
 */
export function weightedSampling(size: number, weights?: Float32Array): WeightedSampling {
  if (weights === undefined) return { count: size, pick: (strata) => strata };
  const cumulative = new Float64Array(size);
  let total = 0;
  weights.forEach((weight, index) => {
    total += weight;
    cumulative[index] = total;
  });
  const count = Math.round(total);
  return {
    count,
    pick: (strata, key) => {
      const draws = uniforms(key, strata.length);
      return strata.map((stratum, item) =>
        firstAbove(cumulative, ((stratum + draws[item]) / count) * total),
      );
    },
  };
}

/** Smallest index whose cumulative weight is above `value`. */
function firstAbove(cumulative: Float64Array, value: number): number {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
