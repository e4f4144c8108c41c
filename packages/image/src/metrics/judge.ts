import type { Conv2dParams, GroupNormParams, Initializer, LinearParams } from '@nextx/core';
import {
  assertShape,
  conv2d,
  crossEntropy,
  geluTanh,
  groupNorm,
  initConv2d,
  initLinear,
  linear,
  OptionError,
} from '@nextx/core';
import { maxPool, mean, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** Weights of the judge: three convolution blocks, a layer of features, a layer of logits. */
export type JudgeParams = {
  blocks: { conv: Conv2dParams; norm: GroupNormParams }[];
  features: LinearParams;
  logits: LinearParams;
};

/** What the judge looks at. */
export interface JudgeOptions {
  readonly width: number;
  readonly height: number;
  /** 1 is grey, 3 is RGB. */
  readonly channels: 1 | 3;
  readonly classes: number;
}

/** What the judge sees in some pictures. */
export interface Judgement {
  /** `[B, 128]` */
  readonly features: Tensor2D;
  /** `[B, classes]` */
  readonly logits: Tensor2D;
  /** Maps of the three blocks, before pooling: `[B, H, W, 32]`, half as large with 64, a quarter with 128. */
  readonly maps: Tensor4D[];
}

/** Length of the judge's feature vectors. */
export const judgeFeatures = 128;

const widths: readonly number[] = [32, 64, 128];
const groups = 8;

/**
 * A new judge: the small classifier whose features and labels measure generated pictures. It is trained on real
 * pictures only; use one trained judge for everything that is compared.
 *
 * @throws {OptionError} if a side is below 8 pixels or there are fewer than 2 classes.
 */
export function initJudge(options: JudgeOptions, initializer: Initializer): JudgeParams {
  const { width, height, channels, classes } = options;
  if (Math.min(width, height) < 8 || classes < 2) {
    throw new OptionError(
      `initJudge: pictures must be at least 8 x 8 with 2 classes, got ${width} x ${height} with ${classes}.`,
    );
  }
  const blocks = widths.map((outChannels, i) => ({
    conv: initConv2d({ inChannels: i === 0 ? channels : widths[i - 1], outChannels }, initializer),
    norm: {
      scale: initializer.ones([outChannels]),
      shift: initializer.zeros([outChannels]),
    } as GroupNormParams,
  }));
  const positions = Math.floor(width / 8) * Math.floor(height / 8);
  const inFeatures = positions * widths[2];
  return {
    blocks,
    features: initLinear({ inFeatures, outFeatures: judgeFeatures }, initializer),
    logits: initLinear({ inFeatures: judgeFeatures, outFeatures: classes }, initializer),
  };
}

/**
 * Looks at pictures: three times convolution 3 x 3, group norm, GELU, 2 x 2 maximum; then 128 features and the logits.
 *
 * @param images  `[B, H, W, C]` in [-1, 1]; borrowed.
 * @returns Tensors owned by the caller.
 * @throws {ShapeError} if the pictures have other channels than the judge was made for.
 */
export function judgeForward(params: JudgeParams, images: Tensor4D): Judgement {
  assertShape('judgeForward: images', images, [
    null,
    null,
    null,
    params.blocks[0].conv.weight.shape[2],
  ]);
  // The maps and both results leave the tidy together.
  return tidy(() => {
    const maps: Tensor4D[] = [];
    let x = images;
    for (const { conv, norm } of params.blocks) {
      const map = geluTanh(groupNorm(norm, conv2d(conv, x), { groups }));
      maps.push(map);
      x = maxPool(map, 2, 2, 'valid');
    }
    const flat: Tensor2D = reshape(x, [x.shape[0], -1]);
    const features = geluTanh(linear(params.features, flat));
    return { features, logits: linear(params.logits, features), maps };
  });
}

/**
 * Mean cross-entropy of the judge's logits, in nats.
 *
 * @param images  `[B, H, W, C]` in [-1, 1]; borrowed.
 * @param labels  `[B]`, int32; borrowed.
 */
export function judgeLoss(params: JudgeParams, images: Tensor4D, labels: Tensor1D): Scalar {
  return tidy(() => mean(crossEntropy(judgeForward(params, images).logits, labels)));
}
