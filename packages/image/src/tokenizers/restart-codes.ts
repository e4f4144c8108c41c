import { areaMatrix, foldIn, permutation, resizeMaps } from '@nextx/core';
import type { Key } from '@nextx/core';
import {
  bincount,
  concat,
  gather,
  lessEqual,
  reshape,
  sub,
  tensor1d,
  where,
} from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { accumulateScales, quantizeScales } from './multi-scale-quantizer.ts';
import type { MultiScaleOptions, MultiScaleParams } from './multi-scale-quantizer.ts';

/**
 * Moves codes that none of the given latent maps uses to targets of the quantization drawn from them
 * (Dhariwal et al. 2020, Jukebox, appendix on codebook revival), so that a small codebook does not collapse.
 *
 * @param latents  `[B, s, s, C]`; borrowed.
 * @returns The new codebook, `[K, C]`; owned by the caller.
 */
export function restartCodes(
  params: MultiScaleParams,
  latents: Tensor4D,
  { options, key }: { readonly options: MultiScaleOptions; readonly key: Key },
): Tensor2D {
  const { sides, codebookSize, latentChannels } = options;
  const side = sides[sides.length - 1];
  const ids = quantizeScales(params, latents, options);
  const sums = accumulateScales(params, ids, { scales: sides.length, options });
  const targets = concat(
    sides.map((scaleSide, scale) => {
      const rest: Tensor4D = scale === 0 ? latents : sub(latents, sums[scale - 1]);
      const map = scaleSide === side ? rest : resizeMaps(rest, areaMatrix(side, scaleSide));
      return reshape(map, [-1, latentChannels]) as Tensor2D;
    }),
  );
  const drawn = permutation(foldIn(key, codebookSize), targets.shape[0]);
  const picks = Int32Array.from({ length: codebookSize }, (_, code) => drawn[code % drawn.length]);
  const uses = bincount(reshape(ids, [-1]) as Tensor1D, tensor1d([]), codebookSize);
  const isUnused = reshape(lessEqual(uses, 0), [codebookSize, 1]);
  return where(isUnused, gather(targets, tensor1d(picks, 'int32')), params.codebook);
}
