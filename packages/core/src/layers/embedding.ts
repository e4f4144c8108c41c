import { cast, customGrad, gather, matMul, oneHot, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Rows of a table by their ids. The derivative is a product with one-hot rows, because the kernel that tfjs
 * uses for it (UnsortedSegmentSum) is missing on wasm.
 *
 * @param table  `[V, C]`; borrowed.
 * @param ids  int32 of any shape, each in [0, V); borrowed.
 * @returns `[...shape of ids, C]`; owned by the caller.
 */
export function embed(table: Tensor2D, ids: Tensor): Tensor {
  const [rows, features] = table.shape;
  return tidy(() => {
    const flat = cast(reshape(ids, [-1]), 'int32') as Tensor1D;
    const lookup = customGrad((weights, save) => {
      (save as (tensors: Tensor[]) => void)([flat]);
      return {
        value: gather(weights as Tensor2D, flat),
        gradFunc: (dy: Tensor, [saved]: Tensor[]) =>
          tidy(() => matMul(oneHot(saved as Tensor1D, rows) as Tensor2D, dy as Tensor2D, true)),
      };
    });
    return reshape(lookup(table), [...ids.shape, features]);
  });
}
