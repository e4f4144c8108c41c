import { add, customGrad, softmax, tensor1d, tidy, util } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { hasFusedKernels, runFusedKernel } from './fused-kernels.ts';

/**
 * `softmax(scores + mask)` over the last axis.
 *
 * @param scores  `[B, H, n, m]`; borrowed.
 * @param mask  Broadcasts to the scores and has no derivative where the engine fuses it; absent adds nothing.
 * @returns Same shape; owned by the caller.
 */
export function maskedSoftmax(scores: Tensor, mask: Tensor | undefined): Tensor {
  if (!hasFusedKernels())
    return tidy(() => softmax(mask === undefined ? scores : add(scores, mask)));
  if (mask === undefined) return tidy(() => fused(scores, tensor1d([])));
  const isOfRows = util.arraysEqual(mask.shape, scores.shape.slice(-2));
  return tidy(() => (isOfRows ? fused(scores, mask) : fused(add(scores, mask), tensor1d([]))));
}

function fused(scores: Tensor, mask: Tensor): Tensor {
  const operation = customGrad((input, save) => {
    const [value] = runFusedKernel('NextxSoftmax', { x: input as Tensor, mask });
    (save as (tensors: Tensor[]) => void)([value]);
    return {
      value,
      gradFunc: (dy: Tensor, [y]: Tensor[]) => runFusedKernel('NextxSoftmaxGrad', { y, dy }),
    };
  });
  return operation(scores);
}
