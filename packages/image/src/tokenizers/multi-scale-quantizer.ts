import {
  areaMatrix,
  bicubicMatrix,
  conv2d,
  embed,
  initConv2d,
  nearestCodes,
  resizeMaps,
  stopGradient,
} from '@nextx/core';
import type { Conv2dParams, Initializer } from '@nextx/core';
import {
  add,
  concat,
  mean,
  mul,
  reshape,
  slice,
  square,
  sub,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** Sizes of the multi-scale residual quantizer. */
export interface MultiScaleOptions {
  /** Side of each token map, coarse to fine; the last is the latent map's side. */
  readonly sides: readonly number[];
  readonly codebookSize: number;
  /** Channels of a latent, C. */
  readonly latentChannels: number;
  /** Convolutions φ that the scales share. */
  readonly sharedConvolutions: number;
  /** Share of the convolution in φ(x) = (1 - r) x + r conv(x). */
  readonly residualRatio: number;
  /** Weight β of the commitment term. */
  readonly commitment: number;
}

/** Weights of the quantizer. */
export type MultiScaleParams = {
  /** `[K, C]` */
  codebook: Tensor2D;
  /** φ, shared among neighbouring scales. */
  refine: Conv2dParams[];
};

/** Initial weights: codes uniform in ±1 / K. */
export function initMultiScale(
  { codebookSize, latentChannels, sharedConvolutions }: MultiScaleOptions,
  initializer: Initializer,
): MultiScaleParams {
  return {
    codebook: initializer.uniform([codebookSize, latentChannels], 1 / codebookSize) as Tensor2D,
    refine: Array.from({ length: sharedConvolutions }, () =>
      initConv2d({ inChannels: latentChannels, outChannels: latentChannels }, initializer),
    ),
  };
}

/**
 * Which φ each scale uses: the nearest of n = `count` ticks, the first on a tie, in float64. They run from 1/3n to
 * 1 - 1/3n where n is 4, as published, and from 1/2n to 1 - 1/2n for other n, as the official code has it.
 * For 10 scales and 4 convolutions 0, 0, 1, 1, 1, 2, 2, 3, 3, 3.
 */
export function refinementOfScale(scales: number, count: number): number[] {
  const first = 1 / (count === 4 ? 3 : 2) / count;
  const step = count === 1 ? 0 : (1 - first - first) / (count - 1);
  const ticks = Array.from({ length: count }, (_, tick) =>
    tick === count - 1 && count > 1 ? 1 - first : first + tick * step,
  );
  return Array.from({ length: scales }, (_, scale) => {
    const position = scales === 1 ? 0 : scale / (scales - 1);
    const distances = ticks.map((tick) => Math.abs(tick - position));
    return distances.indexOf(Math.min(...distances));
  });
}

/**
 * Token maps of a latent map: at each scale the nearest codes of what the coarser scales have left
 * (Tian et al. 2024, algorithm 1).
 *
 * @param latents  `[B, s, s, C]`; borrowed.
 * @returns int32 `[B, Σ sideₖ²]`, coarse to fine, each map row by row; owned by the caller.
 */
export function quantizeScales(
  params: MultiScaleParams,
  latents: Tensor4D,
  options: MultiScaleOptions,
): Tensor2D {
  const [batch] = latents.shape;
  const side = lastSide(options);
  return tidy(() => {
    let rest: Tensor4D = latents;
    const maps = options.sides.map((scaleSide, scale) => {
      const target = scaleSide === side ? rest : resizeMaps(rest, areaMatrix(side, scaleSide));
      const ids = nearestCodes(params.codebook, target);
      const codes = embed(params.codebook, ids) as Tensor4D;
      rest = sub(rest, contribution(params, codes, { scale, options }));
      return reshape(ids, [batch, -1]);
    });
    return concat(maps, 1) as Tensor2D;
  });
}

/**
 * Sums of the scales, `f̂ₖ` of the paper: one latent map after each of the first `scales` scales.
 *
 * @param tokens  int32 ids `[B, n]`, or vectors that stand for codes `[B, n, C]`, of at least these scales; borrowed.
 * @returns `[B, s, s, C]` each; owned by the caller.
 */
export function accumulateScales(
  params: MultiScaleParams,
  tokens: Tensor,
  { scales, options }: { readonly scales: number; readonly options: MultiScaleOptions },
): Tensor4D[] {
  const [batch, , ...channels] = tokens.shape;
  const side = lastSide(options);
  let at = 0;
  let sum: Tensor4D = zeros([batch, side, side, options.latentChannels]);
  return options.sides.slice(0, scales).map((scaleSide, scale) => {
    const rows = slice(tokens, [0, at], [batch, scaleSide ** 2]);
    const map = reshape(rows, [batch, scaleSide, scaleSide, ...channels]);
    at += scaleSide ** 2;
    const codes = (channels.length === 0 ? embed(params.codebook, map) : map) as Tensor4D;
    sum = add(sum, contribution(params, codes, { scale, options }));
    return sum;
  });
}

/** What `accumulateScales` computes, as data that fused executors can read. */
export type ScaleSum = Pick<MultiScaleParams, 'codebook' | 'refine'> & {
  readonly refinementOfScale: readonly number[];
  readonly residualRatio: number;
};

/** The parts of a quantizer that its sum of scales needs; tensors are borrowed. */
export function scaleSum(
  { codebook, refine }: MultiScaleParams,
  { sides, sharedConvolutions, residualRatio }: MultiScaleOptions,
): ScaleSum {
  const refinements = refinementOfScale(sides.length, sharedConvolutions);
  return { codebook, refine, refinementOfScale: refinements, residualRatio };
}

/** Sum of the scales for the decoder, by straight-through, and the loss that trains codes and encoder. */
export interface QuantizedLatents {
  /** `[B, s, s, C]`; its derivative goes to the latents as it is. */
  readonly latents: Tensor4D;
  /** Mean over scales of `mse(f̂ₖ, sg f) + β mse(sg f̂ₖ, f)`. */
  readonly loss: Scalar;
}

/**
 * Quantization as training needs it.
 *
 * @param latents  `[B, s, s, C]`; borrowed.
 * @param ids  Their own ids by `quantizeScales`.
 */
export function quantizeForTraining(
  params: MultiScaleParams,
  latents: Tensor4D,
  { ids, options }: { readonly ids: Tensor2D; readonly options: MultiScaleOptions },
): QuantizedLatents {
  const scales = options.sides.length;
  const fixed = stopGradient(latents);
  const sums = accumulateScales(params, ids, { scales, options });
  const losses = sums.map((sum) =>
    add(
      meanSquare(sub(sum, fixed)),
      mul(meanSquare(sub(stopGradient(sum), latents)), options.commitment),
    ),
  );
  const total = losses.reduce((first, second) => add(first, second));
  return {
    latents: add(latents, stopGradient(sub(sums[scales - 1], latents))),
    loss: mul(total, 1 / scales),
  };
}

/** `φₖ(bicubic(code))` of one scale's map of codes, `[B, p, p, C]` to `[B, s, s, C]`. */
function contribution(
  { refine }: MultiScaleParams,
  codes: Tensor4D,
  { scale, options }: { readonly scale: number; readonly options: MultiScaleOptions },
): Tensor4D {
  const { sides, residualRatio, sharedConvolutions } = options;
  const side = lastSide(options);
  return tidy(() => {
    const map =
      sides[scale] === side ? codes : resizeMaps(codes, bicubicMatrix(sides[scale], side));
    const which = refinementOfScale(sides.length, sharedConvolutions)[scale];
    return add(mul(map, 1 - residualRatio), mul(conv2d(refine[which], map), residualRatio));
  });
}

function lastSide({ sides }: MultiScaleOptions): number {
  return sides[sides.length - 1];
}

function meanSquare(x: Tensor): Scalar {
  return mean(square(x)) as Scalar;
}
