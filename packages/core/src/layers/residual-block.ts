import { add, tidy } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { silu } from './activation.ts';
import { conv2d, initConv2d } from './conv2d.ts';
import type { Conv2dParams } from './conv2d.ts';
import { groupNorm, initGroupNorm } from './group-norm.ts';
import type { GroupNormParams } from './group-norm.ts';

/** Weights of a residual block of the VQGAN kind. */
export type ResidualBlockParams = {
  norm1: GroupNormParams;
  conv1: Conv2dParams;
  norm2: GroupNormParams;
  conv2: Conv2dParams;
  /** 1 x 1, present where the width changes. */
  shortcut?: Conv2dParams;
};

/** Initial weights. */
export function initResidualBlock(
  { inChannels, outChannels }: { readonly inChannels: number; readonly outChannels: number },
  initializer: Initializer,
): ResidualBlockParams {
  const params: ResidualBlockParams = {
    norm1: initGroupNorm(inChannels, initializer),
    conv1: initConv2d({ inChannels, outChannels }, initializer),
    norm2: initGroupNorm(outChannels, initializer),
    conv2: initConv2d({ inChannels: outChannels, outChannels }, initializer),
  };
  if (inChannels === outChannels) return params;
  return { ...params, shortcut: initConv2d({ inChannels, outChannels, kernel: 1 }, initializer) };
}

/**
 * `x + conv(silu(norm(conv(silu(norm(x))))))`, 3 x 3 convolutions and group norms (Esser et al. 2021, VQGAN).
 *
 * @param x  `[B, H, W, C]`; borrowed.
 * @returns `[B, H, W, E]`; owned by the caller.
 */
export function residualBlock(
  params: ResidualBlockParams,
  x: Tensor4D,
  { groups }: { readonly groups: number },
): Tensor4D {
  return tidy(() => {
    const inner = conv2d(params.conv1, silu(groupNorm(params.norm1, x, { groups })));
    const outer = conv2d(params.conv2, silu(groupNorm(params.norm2, inner, { groups })));
    return add(params.shortcut === undefined ? x : conv2d(params.shortcut, x), outer);
  });
}
