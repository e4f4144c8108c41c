import { add, matMul, mul, reshape, softmax, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { conv2d, initConv2d } from './conv2d.ts';
import type { Conv2dParams } from './conv2d.ts';
import { groupNorm, initGroupNorm } from './group-norm.ts';
import type { GroupNormParams } from './group-norm.ts';

/** Weights of single-head attention over the cells of a picture. */
export type SpatialAttentionParams = {
  norm: GroupNormParams;
  query: Conv2dParams;
  key: Conv2dParams;
  value: Conv2dParams;
  output: Conv2dParams;
};

/** Initial weights. */
export function initSpatialAttention(
  channels: number,
  initializer: Initializer,
): SpatialAttentionParams {
  const pointwise = () =>
    initConv2d({ inChannels: channels, outChannels: channels, kernel: 1 }, initializer);
  return {
    norm: initGroupNorm(channels, initializer),
    query: pointwise(),
    key: pointwise(),
    value: pointwise(),
    output: pointwise(),
  };
}

/**
 * Single-head attention of every cell to every cell, added to `x` (Esser et al. 2021, VQGAN).
 *
 * @param x  `[B, H, W, C]`; borrowed.
 * @returns Same shape; owned by the caller.
 */
export function spatialAttention(
  params: SpatialAttentionParams,
  x: Tensor4D,
  { groups }: { readonly groups: number },
): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tidy(() => {
    const normed = groupNorm(params.norm, x, { groups });
    const rows = (map: Tensor4D): Tensor3D => reshape(map, [batch, height * width, channels]);
    const query = rows(conv2d(params.query, normed));
    const key = rows(conv2d(params.key, normed));
    const value = rows(conv2d(params.value, normed));
    const scores = mul(matMul(query, key, false, true), channels ** -0.5);
    const mixed = reshape(matMul(softmax(scores as Tensor), value), x.shape) as Tensor4D;
    return add(x, conv2d(params.output, mixed));
  });
}
