import { permutation } from '../random/permutation.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';

/**
 * Which samples a training sees: each epoch is its own permutation, drawn from `foldIn(key, epoch)`, so that the
 * batch of any step is known without having drawn the ones before.
 *
 * @returns A function from (first, count), places in the endless sequence, to sample indices.
 */
export function dataOrder(key: Key, samples: number): (first: number, count: number) => Int32Array {
  let epoch = -1;
  let order: Int32Array = new Int32Array(0);
  return (first, count) =>
    Int32Array.from({ length: count }, (_, index) => {
      const place = first + index;
      const wanted = Math.floor(place / samples);
      if (wanted !== epoch) {
        epoch = wanted;
        order = permutation(foldIn(key, epoch), samples);
      }
      return order[place % samples];
    });
}
