/**
 * The multi-scale residual VQ-VAE of VAR (Tian et al. 2024, Visual Autoregressive Modeling, section 3.2).
 *
 * New in it: a picture becomes K token maps of growing side; each quantizes what the coarser maps, up-sampled and
 * refined by a shared convolution, have left of the latent map. One codebook serves all scales.
 * Different here: sizes are free, pictures may be grey, and the loss has neither the perceptual nor the adversarial
 * term of the paper, whose networks cannot be shipped; unused codes are restarted at latents instead.
 */
import { convRules, initConv2d, conv2d, OptionError, parseOptions } from '@nextx/core';
import type { Conv2dParams, ImportRule, Initializer } from '@nextx/core';
import { add, clipByValue, mean, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import {
  coderRules,
  decodeLatents,
  downsampling,
  encodeImages,
  initDecoder,
  initEncoder,
} from './conv-autoencoder.ts';
import type { CoderParams } from './conv-autoencoder.ts';
import type { ImageTokenizer } from './image-tokenizer.ts';
import {
  accumulateScales,
  initMultiScale,
  quantizeForTraining,
  quantizeScales,
  scaleSum,
} from './multi-scale-quantizer.ts';
import type { MultiScaleParams, ScaleSum } from './multi-scale-quantizer.ts';
import { restartCodes } from './restart-codes.ts';
import type { ImageTokenizerRecipe } from './tokenizer-recipe.ts';

/** Sizes of the tokenizer; defaults are the published ones. */
export interface MultiScaleVqOptions {
  /** Side of a picture in pixels. @defaultValue 256 */
  readonly imageSize?: number;
  /** 1 grey, 3 colour. @defaultValue 3 */
  readonly imageChannels?: number;
  /** Base width of the convolutions. @defaultValue 160 */
  readonly channels?: number;
  /** Width of each level over `channels`; each level but the last halves the side. @defaultValue `[1, 1, 2, 2, 4]` */
  readonly multipliers?: readonly number[];
  /** Residual blocks a level of the encoder; the decoder has one more. @defaultValue 2 */
  readonly blocksPerLevel?: number;
  /** Groups of the group norms; divides every width. @defaultValue 32 */
  readonly groups?: number;
  /** Channels of a latent and of a code. @defaultValue 32 */
  readonly latentChannels?: number;
  /** @defaultValue 4096 */
  readonly codebookSize?: number;
  /** Side of each token map, coarse to fine. @defaultValue `[1, 2, 3, 4, 5, 6, 8, 10, 13, 16]` */
  readonly sides?: readonly number[];
  /** Convolutions φ shared by the scales. @defaultValue 4 */
  readonly sharedConvolutions?: number;
  /** Share r of the convolution in φ. @defaultValue 0.5 */
  readonly residualRatio?: number;
  /** Weight β of the commitment term. @defaultValue 0.25 */
  readonly commitment?: number;
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  imageSize: z._default(positive, 256),
  imageChannels: z._default(z.union([z.literal(1), z.literal(3)]), 3),
  channels: z._default(positive, 160),
  multipliers: z._default(z.array(positive).check(z.minLength(1)), [1, 1, 2, 2, 4]),
  blocksPerLevel: z._default(positive, 2),
  groups: z._default(positive, 32),
  latentChannels: z._default(positive, 32),
  codebookSize: z._default(positive, 4096),
  sides: z._default(z.array(positive).check(z.minLength(1)), [1, 2, 3, 4, 5, 6, 8, 10, 13, 16]),
  sharedConvolutions: z._default(positive, 4),
  residualRatio: z._default(z.number().check(z.minimum(0), z.maximum(1)), 0.5),
  commitment: z._default(z.number().check(z.minimum(0)), 0.25),
}) satisfies z.ZodMiniType<Required<MultiScaleVqOptions>>;

/** Weights of the tokenizer. */
export type MultiScaleVqParams = {
  encoder: CoderParams;
  toLatents: Conv2dParams;
  quantizer: MultiScaleParams;
  fromLatents: Conv2dParams;
  decoder: CoderParams;
};

/** The tokenizer, and what the next-scale transformer reads of it. */
export interface MultiScaleVq extends ImageTokenizer {
  readonly params: MultiScaleVqParams;
  readonly latentChannels: number;
  /** What `accumulate` computes, as data. */
  readonly scaleSum: ScaleSum;
  /**
   * Latent maps after each of the first `scales` scales, `f̂ₖ`; owned by the caller. Here and in decoding, tokens are
   * ids or, for smoothed pictures, vectors that stand for codes, `[B, n, C]`.
   */
  accumulate(tokens: Tensor, scales: number): Tensor4D[];
  /** Pictures of a latent map, in [-1, 1]; owned by the caller. */
  decodeLatents(latents: Tensor4D): Tensor4D;
  /** Latents before quantization, `[B, s, s, C]`; owned by the caller. */
  encodeLatents(images: Tensor4D): Tensor4D;
}

/**
 * Complete options.
 *
 * @throws {OptionError} CONFIG if a value is out of range, or the last side is not the latent map's.
 */
export function parseMultiScaleVqOptions(options: unknown): Required<MultiScaleVqOptions> {
  const parsed = parseOptions('var-tokenizer', schema, options, 'CONFIG');
  const latentSide = parsed.imageSize / downsampling(parsed);
  if (parsed.sides[parsed.sides.length - 1] !== latentSide) {
    throw new OptionError(
      `var-tokenizer: the last of sides must be imageSize / ${downsampling(parsed)} = ${latentSide}, got [${parsed.sides.join(', ')}]. Change sides, imageSize or the number of multipliers.`,
      'CONFIG',
    );
  }
  return parsed;
}

/** Initial weights. */
export function initMultiScaleVq(
  options: MultiScaleVqOptions,
  initializer: Initializer,
): MultiScaleVqParams {
  const parsed = parseMultiScaleVqOptions(options);
  const { latentChannels } = parsed;
  const square3 = { inChannels: latentChannels, outChannels: latentChannels };
  return {
    encoder: initEncoder(parsed, initializer),
    toLatents: initConv2d(square3, initializer),
    quantizer: initMultiScale(parsed, initializer),
    fromLatents: initConv2d(square3, initializer),
    decoder: initDecoder(parsed, initializer),
  };
}

/** The tokenizer with the given weights, which it borrows. */
export function multiScaleVq(
  options: MultiScaleVqOptions,
  params: MultiScaleVqParams,
): MultiScaleVq {
  const parsed = parseMultiScaleVqOptions(options);
  const { imageSize, imageChannels, sides, codebookSize } = parsed;
  const encodeToLatents = (images: Tensor4D): Tensor4D =>
    tidy(() => conv2d(params.toLatents, encodeImages(params.encoder, images, parsed)));
  const toImages = (latents: Tensor4D): Tensor4D =>
    tidy(() => decodeLatents(params.decoder, conv2d(params.fromLatents, latents), parsed));

  return {
    recipe: 'var-tokenizer',
    options: { ...parsed },
    params,
    sampleShape: [imageSize, imageSize, imageChannels],
    sides,
    length: sides.reduce((sum, side) => sum + side ** 2, 0),
    vocabularySize: codebookSize,
    latentChannels: parsed.latentChannels,
    scaleSum: scaleSum(params.quantizer, parsed),
    get importRules() {
      return multiScaleVqRules(params);
    },
    encodeLatents: encodeToLatents,
    decodeLatents: (latents) => tidy(() => clipByValue(toImages(latents), -1, 1)),
    accumulate: (ids, scales) =>
      tidy(() => accumulateScales(params.quantizer, ids, { scales, options: parsed })),
    encode: (images) =>
      tidy(() => quantizeScales(params.quantizer, encodeToLatents(images as Tensor4D), parsed)),
    decode: (ids) => tidy(() => decodeIds(ids, sides.length)),
    decodePartial: (ids) => {
      const scales = scalesIn(sides, ids.shape[1] ?? 0);
      return tidy(() => decodeIds(ids, scales));
    },
    loss: (images) => {
      const latents = encodeToLatents(images);
      const ids = quantizeScales(params.quantizer, latents, parsed);
      const quantized = quantizeForTraining(params.quantizer, latents, { ids, options: parsed });
      const reconstruction = mean(square(sub(toImages(quantized.latents), images))) as Scalar;
      return {
        loss: add(reconstruction, quantized.loss),
        metrics: { reconstruction, quantization: quantized.loss },
      };
    },
    restartUnusedCodes: (images, key) => {
      const codebook = tidy(() =>
        restartCodes(params.quantizer, encodeToLatents(images), { options: parsed, key }),
      );
      return new Map([['quantizer.codebook', codebook]]);
    },
  };

  function decodeIds(ids: Tensor, scales: number): Tensor4D {
    const sums = accumulateScales(params.quantizer, ids, { scales, options: parsed });
    return clipByValue(toImages(sums[scales - 1]), -1, 1);
  }
}

/** VAR's tokenizer under its name in configs. */
export const multiScaleVqRecipe: ImageTokenizerRecipe<
  MultiScaleVqOptions,
  MultiScaleVqParams,
  MultiScaleVq
> = {
  name: 'var-tokenizer',
  parse: parseMultiScaleVqOptions,
  init: initMultiScaleVq,
  bind: multiScaleVq,
};

/** Official names (`vae_ch160v4096z32.pth`). */
function multiScaleVqRules(params: MultiScaleVqParams): ImportRule[] {
  const levels = params.encoder.levels.length;
  const common = {
    block: 'block',
    middle: ['mid.block_1', 'mid.attn_1', 'mid.block_2'] as const,
    attention: fusedAttentionRules,
  };
  return [
    ...coderRules(params.encoder, {
      ...common,
      own: 'encoder',
      official: 'encoder',
      level: (index) => `down.${index}`,
      resample: 'downsample',
    }),
    ...coderRules(params.decoder, {
      ...common,
      own: 'decoder',
      official: 'decoder',
      // Official decoders count from the full resolution and run backwards.
      level: (index) => `up.${levels - 1 - index}`,
      resample: 'upsample',
    }),
    ...convRules('toLatents', 'quant_conv'),
    ...convRules('fromLatents', 'post_quant_conv'),
    { own: 'quantizer.codebook', official: 'quantize.embedding.weight' },
    ...params.quantizer.refine.flatMap((_, index) =>
      convRules(`quantizer.refine.${index}`, `quantize.quant_resi.qresi_ls.${index}`),
    ),
  ];
}

/** One fused 1 x 1 convolution holds all queries, then all keys, then all values. */
function fusedAttentionRules(own: string, official: string): ImportRule[] {
  const fused = ['query', 'key', 'value'].flatMap((name, index) =>
    convRules(`${own}.${name}`, `${official}.qkv`).map((rule) => ({
      ...rule,
      part: { index, of: 3 },
    })),
  );
  return [
    { own: `${own}.norm.scale`, official: `${official}.norm.weight` },
    { own: `${own}.norm.shift`, official: `${official}.norm.bias` },
    ...fused,
    ...convRules(`${own}.output`, `${official}.proj_out`),
  ];
}

function scalesIn(sides: readonly number[], tokens: number): number {
  let left = tokens;
  const scales = sides.findIndex((side) => {
    left -= side ** 2;
    return left < 0;
  });
  return scales === -1 ? sides.length : scales;
}
