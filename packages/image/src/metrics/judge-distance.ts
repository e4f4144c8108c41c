import { addN, add, div, mean, mul, norm, square, sub, sum, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { judgeForward, type JudgeParams } from './judge.ts';

/**
 * How different pairs of pictures look to the judge: its maps are scaled to unit length over their channels; squared
 * differences are summed over channels and meant over places and the three blocks. Between 0 and 4. It follows the idea of
 * LPIPS (Zhang et al. 2018) with other features and no learned weights, so its values are its own.
 *
 * @param a  `[B, H, W, C]` in [-1, 1]; borrowed.
 * @param b  As `a`.
 * @returns `[B]`; owned by the caller.
 */
export function judgeDistance(params: JudgeParams, a: Tensor4D, b: Tensor4D): Tensor1D {
  return tidy(() => {
    const left = judgeForward(params, a).maps;
    const right = judgeForward(params, b).maps;
    const distances = left.map((map, i) => {
      const difference = sub(unitLength(map), unitLength(right[i]));
      return mean(sum(square(difference), 3), [1, 2]) as Tensor1D;
    });
    return mul(addN(distances), 1 / distances.length);
  });
}

function unitLength(map: Tensor4D): Tensor4D {
  return div(map, add(norm(map, 2, 3, true), 1e-8));
}
