import { argMin, matMul, mul, reshape, square, sub, sum, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Ids of the codes nearest by Euclidean distance (van den Oord et al. 2017, VQ-VAE, equation 1).
 *
 * @param codebook  `[K, C]`; borrowed.
 * @param latents  `[..., C]`; borrowed.
 * @returns int32 `[...]`; owned by the caller.
 */
export function nearestCodes(codebook: Tensor2D, latents: Tensor): Tensor {
  return tidy(() => {
    const rows = reshape(latents, [-1, codebook.shape[1]]) as Tensor2D;
    const products = matMul(rows, codebook, false, true);
    const distances = sub(sum(square(codebook), -1), mul(products, 2));
    return reshape(argMin(distances, -1) as Tensor1D, latents.shape.slice(0, -1));
  });
}
