import { mul, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { uniforms } from '../random/draw.ts';
import type { Key } from '../random/threefry.ts';
import { sizeOfShape } from '../shape.ts';

/**
 * Sets a share `rate` of the values to zero and scales the others by 1 / (1 - rate) (Srivastava et al. 2014).
 * One draw a value, made on the host.
 *
 * @param x  Borrowed.
 * @returns Same shape; owned by the caller.
 */
export function dropout<T extends Tensor>(x: T, rate: number, key: Key): T {
  return dropShape(x, { rate, shape: x.shape, key });
}

/** Sets whole items of the batch to zero (Huang et al. 2016, stochastic depth): one draw an item. */
export function dropPath<T extends Tensor>(x: T, rate: number, key: Key): T {
  return dropShape(x, { rate, shape: [x.shape[0], ...x.shape.slice(1).map(() => 1)], key });
}

function dropShape<T extends Tensor>(
  x: T,
  { rate, shape, key }: { readonly rate: number; readonly shape: number[]; readonly key: Key },
): T {
  if (rate === 0) return x.clone();
  const draws = uniforms(key, sizeOfShape(shape));
  const kept = new Float32Array(draws.length);
  // A loop: `Float32Array.from` with a function takes many times as long as all else here.
  for (let i = 0; i < kept.length; i++) kept[i] = draws[i] >= rate ? 1 / (1 - rate) : 0;
  return tidy(() => mul(x, tensor(kept, shape))) as T;
}
