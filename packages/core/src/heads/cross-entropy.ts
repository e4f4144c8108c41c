import {
  cast,
  customGrad,
  div,
  exp,
  expandDims,
  log,
  max,
  mul,
  oneHot,
  squeeze,
  sub,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * `-log softmax(logits)[id]` of every row, in nats. Its derivative, `softmax(logits) - oneHot(id)`, is one tape entry.
 *
 * @param logits  `[M, V]`; borrowed.
 * @param ids  `[M]`, int32; borrowed.
 * @returns `[M]`; owned by the caller.
 */
export function crossEntropy(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  const operation = customGrad((scores, save) => {
    const labels = cast(oneHot(ids, logits.shape[1]), 'float32');
    const shifted = sub(scores as Tensor, max(scores as Tensor, -1, true));
    const powers = exp(shifted);
    const total = sum(powers, -1, true);
    const value = sub(squeeze(log(total), [-1]), sum(mul(shifted, labels), -1));
    const derivative = sub(div(powers, total), labels);
    (save as (tensors: Tensor[]) => void)([derivative]);
    return {
      value,
      gradFunc: (dy: Tensor, [slope]: Tensor[]) => tidy(() => mul(slope, expandDims(dy, -1))),
    };
  });
  return tidy(() => operation(logits)) as Tensor1D;
}
