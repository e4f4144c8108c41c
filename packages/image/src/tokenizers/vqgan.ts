/**
 * The VQGAN tokenizer of LlamaGen (Sun et al. 2024, Autoregressive Model Beats Diffusion, section 2.1; Esser et al. 2021).
 *
 * New in it: a small codebook dimension and codes compared on the unit sphere, so that a large codebook is used.
 * Different here: sizes are free, pictures may be grey, and the loss has neither the perceptual nor the adversarial
 * term of the paper, whose networks cannot be shipped; unused codes are restarted at latents instead.
 */
import {
  conv2d,
  convRules,
  embed,
  foldIn,
  initConv2d,
  l2Normalize,
  nearestCodes,
  OptionError,
  parseOptions,
  permutation,
  stopGradient,
} from '@nextx/core';
import type { Conv2dParams, ImportRule, Initializer } from '@nextx/core';
import {
  add,
  bincount,
  clipByValue,
  gather,
  lessEqual,
  log,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  reshape,
  softmax,
  square,
  sub,
  sum,
  tensor1d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
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
import type { ImageTokenizerRecipe } from './tokenizer-recipe.ts';

/** Sizes of the tokenizer; defaults are those of VQ-16. */
export interface VqganOptions {
  /** Side of a picture in pixels. @defaultValue 256 */
  readonly imageSize?: number;
  /** 1 grey, 3 colour. @defaultValue 3 */
  readonly imageChannels?: number;
  /** Base width of the convolutions. @defaultValue 128 */
  readonly channels?: number;
  /** Width of each level over `channels`; each level but the last halves the side. @defaultValue `[1, 1, 2, 2, 4]` */
  readonly multipliers?: readonly number[];
  /** Residual blocks a level of the encoder; the decoder has one more. @defaultValue 2 */
  readonly blocksPerLevel?: number;
  /** Groups of the group norms; divides every width. @defaultValue 32 */
  readonly groups?: number;
  /** Channels of the encoder's output. @defaultValue 256 */
  readonly latentChannels?: number;
  /** Channels of a code. @defaultValue 8 */
  readonly codeChannels?: number;
  /** @defaultValue 16384 */
  readonly codebookSize?: number;
  /** Weight β of the commitment term. @defaultValue 0.25 */
  readonly commitment?: number;
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  imageSize: z._default(positive, 256),
  imageChannels: z._default(z.union([z.literal(1), z.literal(3)]), 3),
  channels: z._default(positive, 128),
  multipliers: z._default(z.array(positive).check(z.minLength(1)), [1, 1, 2, 2, 4]),
  blocksPerLevel: z._default(positive, 2),
  groups: z._default(positive, 32),
  latentChannels: z._default(positive, 256),
  codeChannels: z._default(positive, 8),
  codebookSize: z._default(positive, 16384),
  commitment: z._default(z.number().check(z.minimum(0)), 0.25),
}) satisfies z.ZodMiniType<Required<VqganOptions>>;

/** Weights of the tokenizer. */
export type VqganParams = {
  encoder: CoderParams;
  toCodes: Conv2dParams;
  /** `[K, codeChannels]`; compared and used at unit length. */
  codebook: Tensor2D;
  fromCodes: Conv2dParams;
  decoder: CoderParams;
};

/** The tokenizer, and the parts that its tests compare. */
export interface Vqgan extends ImageTokenizer {
  readonly params: VqganParams;
  /** Latents before normalization and quantization, `[B, s, s, codeChannels]`; owned by the caller. */
  encodeLatents(images: Tensor4D): Tensor4D;
  /** Unit code vectors of ids, `[B, s, s, codeChannels]`; owned by the caller. */
  codesOf(ids: Tensor): Tensor4D;
  /** Pictures of code vectors, not clamped; owned by the caller. */
  decodeCodes(codes: Tensor4D): Tensor4D;
}

/** Complete options. @throws {OptionError} CONFIG if a value is out of range or the side is not divisible. */
export function parseVqganOptions(options: unknown): Required<VqganOptions> {
  const parsed = parseOptions('llamagen-tokenizer', schema, options, 'CONFIG');
  if (parsed.imageSize % downsampling(parsed) !== 0) {
    throw new OptionError(
      `llamagen-tokenizer: imageSize must be a multiple of ${downsampling(parsed)}, got ${parsed.imageSize}. Change it or the number of multipliers.`,
      'CONFIG',
    );
  }
  return parsed;
}

/** Initial weights: codes uniform in ±1 / K, as the official code. */
export function initVqgan(options: VqganOptions, initializer: Initializer): VqganParams {
  const parsed = parseVqganOptions(options);
  const { latentChannels, codeChannels, codebookSize } = parsed;
  const pointwise = (inChannels: number, outChannels: number) =>
    initConv2d({ inChannels, outChannels, kernel: 1 }, initializer);
  return {
    encoder: initEncoder(parsed, initializer),
    toCodes: pointwise(latentChannels, codeChannels),
    codebook: initializer.uniform([codebookSize, codeChannels], 1 / codebookSize) as Tensor2D,
    fromCodes: pointwise(codeChannels, latentChannels),
    decoder: initDecoder(parsed, initializer),
  };
}

/** The tokenizer with the given weights, which it borrows. */
export function vqgan(options: VqganOptions, params: VqganParams): Vqgan {
  const parsed = parseVqganOptions(options);
  const { imageSize, imageChannels, codebookSize, commitment } = parsed;
  const side = imageSize / downsampling(parsed);
  const encodeLatents = (images: Tensor4D): Tensor4D =>
    tidy(() => conv2d(params.toCodes, encodeImages(params.encoder, images, parsed)));
  const unitCodes = (): Tensor2D => l2Normalize(params.codebook);
  const codesOf = (ids: Tensor): Tensor4D =>
    tidy(() => reshape(embed(unitCodes(), ids), [ids.shape[0], side, side, -1]) as Tensor4D);
  const decodeCodes = (codes: Tensor4D): Tensor4D =>
    tidy(() => decodeLatents(params.decoder, conv2d(params.fromCodes, codes), parsed));
  const idsOf = (latents: Tensor4D): Tensor2D =>
    tidy(() =>
      reshape(nearestCodes(unitCodes(), l2Normalize(latents)), [latents.shape[0], side * side]),
    );

  return {
    recipe: 'llamagen-tokenizer',
    options: { ...parsed },
    params,
    sampleShape: [imageSize, imageSize, imageChannels],
    sides: [side],
    length: side * side,
    vocabularySize: codebookSize,
    get importRules() {
      return vqganRules(params);
    },
    encodeLatents,
    codesOf,
    decodeCodes,
    encode: (images) => tidy(() => idsOf(encodeLatents(images as Tensor4D))),
    decode: (ids) => tidy(() => clipByValue(decodeCodes(codesOf(ids)), -1, 1)),
    loss: (images) => {
      const latents = l2Normalize(encodeLatents(images));
      const codes = codesOf(idsOf(latents));
      const codebook = meanSquare(sub(codes, stopGradient(latents)));
      const commit = mul(meanSquare(sub(stopGradient(codes), latents)), commitment) as Scalar;
      const through: Tensor4D = add(latents, stopGradient(sub(codes, latents)));
      const reconstruction = meanSquare(sub(decodeCodes(through), images));
      return {
        loss: add(reconstruction, add(codebook, commit)),
        metrics: { reconstruction, codebook, commit },
      };
    },
    restartUnusedCodes: (images, key) => {
      const codebook = tidy(() => {
        const latents = l2Normalize(encodeLatents(images));
        const rows = reshape(latents, [-1, parsed.codeChannels]) as Tensor2D;
        const drawn = permutation(foldIn(key, codebookSize), rows.shape[0]);
        const picks = Int32Array.from({ length: codebookSize }, (_, n) => drawn[n % drawn.length]);
        const ids = reshape(idsOf(latents), [-1]) as Tensor1D;
        const uses = bincount(ids, tensor1d([]), codebookSize);
        const isUnused = reshape(lessEqual(uses, 0), [codebookSize, 1]);
        return where(isUnused, gather(rows, tensor1d(picks, 'int32')), params.codebook);
      });
      return new Map([['codebook', codebook]]);
    },
  };
}

/**
 * The optional entropy term: mean entropy of the soft assignments minus the entropy of their mean, at temperature
 * 0.01 of the negative squared distances. Small when assignments are sure and codes are used evenly.
 *
 * @param latents  `[..., C]` of unit length; borrowed.
 * @param codes  `[K, C]` of unit length; borrowed.
 */
export function codeEntropyLoss(latents: Tensor, codes: Tensor2D): Scalar {
  return tidy(() => {
    const rows = reshape(latents, [-1, codes.shape[1]]) as Tensor2D;
    const products = mul(matMul(rows, codes, false, true), 2);
    const norms = add(sum(square(rows), -1, true), sum(square(codes), -1));
    const affinity = mul(sub(products, norms), 100);
    const probabilities = softmax(affinity);
    const each = neg(mean(sum(mul(probabilities, logSoftmax(add(affinity, 1e-5))), -1)));
    const average = mean(probabilities, 0);
    const together = neg(sum(mul(average, log(add(average, 1e-5)))));
    return sub(each, together) as Scalar;
  });
}

/** LlamaGen's tokenizer under its name in configs. */
export const vqganRecipe: ImageTokenizerRecipe<VqganOptions, VqganParams, Vqgan> = {
  name: 'llamagen-tokenizer',
  parse: parseVqganOptions,
  init: initVqgan,
  bind: vqgan,
};

/** Official names (`vq_ds16_c2i.pt`). */
function vqganRules(params: VqganParams): ImportRule[] {
  const names = {
    level: (index: number) => `conv_blocks.${index}`,
    block: 'res',
    middle: ['mid.0', 'mid.1', 'mid.2'] as const,
    attention: separateAttentionRules,
  };
  return [
    ...coderRules(params.encoder, {
      ...names,
      own: 'encoder',
      official: 'encoder',
      resample: 'downsample',
    }),
    ...coderRules(params.decoder, {
      ...names,
      own: 'decoder',
      official: 'decoder',
      resample: 'upsample',
    }),
    ...convRules('toCodes', 'quant_conv'),
    ...convRules('fromCodes', 'post_quant_conv'),
    { own: 'codebook', official: 'quantize.embedding.weight' },
  ];
}

function separateAttentionRules(own: string, official: string): ImportRule[] {
  return [
    { own: `${own}.norm.scale`, official: `${official}.norm.weight` },
    { own: `${own}.norm.shift`, official: `${official}.norm.bias` },
    ...convRules(`${own}.query`, `${official}.q`),
    ...convRules(`${own}.key`, `${official}.k`),
    ...convRules(`${own}.value`, `${official}.v`),
    ...convRules(`${own}.output`, `${official}.proj_out`),
  ];
}

function meanSquare(x: Tensor): Scalar {
  return mean(square(x)) as Scalar;
}
