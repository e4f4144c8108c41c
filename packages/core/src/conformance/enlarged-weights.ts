import { add, tensor, tidy } from '@tensorflow/tfjs-core';
import { disposeParams, mapParams } from '../params.ts';
import type { ParamTree } from '../params.ts';
import { normals } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';

/**
 * Adds normal values of 0.2 to every weight: gates and outputs that start at 0 would hide the rest of a tiny model. Takes
 * ownership of `params`.
 */
export function enlargedWeights<T extends ParamTree>(params: T, key: Key): T {
  let count = 0;
  const larger = mapParams(params, (weight) => {
    const noise = normals(foldIn(key, count++), weight.size);
    const values = Float32Array.from(noise, (n) => 0.2 * n);
    return tidy(() => add(weight, tensor(values, weight.shape)));
  });
  disposeParams(params);
  return larger;
}
