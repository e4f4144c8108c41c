import { foldIn, permutation, uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';
import { normalQuantile } from './normal-quantile.ts';

/**
 * Standard normal numbers for `count` draws of so many dimensions, spread evenly: of each dimension one in every `1 / count` of
 * the distribution, in an order of its own (McKay, Beckman and Conover 1979, Latin hypercube sampling). Quantiles of few such draws
 * are near those of many independent ones.
 *
 * @returns `[dimensions, count]`
 */
export function stratifiedNormals(key: Key, dimensions: number, count: number): Float32Array {
  const values = new Float32Array(dimensions * count);
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const own = foldIn(key, dimension);
    const strata = permutation(foldIn(own, 0), count);
    const places = uniforms(foldIn(own, 1), count);
    for (let draw = 0; draw < count; draw++) {
      // Half a step of these uniforms keeps the probability off 0.
      const probability = (strata[draw] + places[draw] + 2 ** -25) / count;
      values[dimension * count + draw] = normalQuantile(probability);
    }
  }
  return values;
}
