import { mapParams } from '@nextx/core';
import type { Initializer, ParamTree } from '@nextx/core';

/**
 * Redraws every matrix `[in, out]` of a fresh tree from ±1 / √in, as the official PyTorch code of most forecasters
 * starts its linear maps. Takes ownership of `params`; vectors stay as they are.
 */
export function fanInUniform<T extends ParamTree>(params: T, initializer: Initializer): T {
  return mapParams(params, (weight) => {
    if (weight.rank !== 2) return weight;
    const { shape } = weight;
    weight.dispose();
    return initializer.uniform(shape, shape[0] ** -0.5);
  });
}
