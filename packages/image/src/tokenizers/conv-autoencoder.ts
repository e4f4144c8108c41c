import {
  conv2d,
  convRules,
  doubleNearest,
  groupNorm,
  initConv2d,
  initResidualBlock,
  initGroupNorm,
  initSpatialAttention,
  normRules,
  residualBlock,
  silu,
  spatialAttention,
} from '@nextx/core';
import type {
  Conv2dParams,
  ImportRule,
  Initializer,
  GroupNormParams,
  ResidualBlockParams,
  SpatialAttentionParams,
} from '@nextx/core';
import { pad, tidy } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** Sizes of the convolutional encoder and decoder of the VQGAN kind (Esser et al. 2021). */
export interface AutoencoderOptions {
  /** Channels of a picture: 1 or 3. */
  readonly imageChannels: number;
  /** Base width `ch`. */
  readonly channels: number;
  /** Width of each level over `channels`, full resolution first; each level but the last halves the side. */
  readonly multipliers: readonly number[];
  /** Residual blocks a level of the encoder; the decoder has one more. */
  readonly blocksPerLevel: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** Channels of the encoder's output and the decoder's input. */
  readonly latentChannels: number;
}

/** One resolution: residual blocks, each followed by attention at the lowest one, and a change of resolution. */
export type LevelParams = {
  blocks: ResidualBlockParams[];
  attentions: SpatialAttentionParams[];
  resample?: Conv2dParams;
};

/** Weights of an encoder or a decoder; its levels stand in the order in which they run. */
export type CoderParams = {
  convIn: Conv2dParams;
  levels: LevelParams[];
  middle: {
    first: ResidualBlockParams;
    attention: SpatialAttentionParams;
    second: ResidualBlockParams;
  };
  normOut: GroupNormParams;
  convOut: Conv2dParams;
};

/** How many times smaller the latent map's side is. */
export function downsampling({ multipliers }: Pick<AutoencoderOptions, 'multipliers'>): number {
  return 2 ** (multipliers.length - 1);
}

/** Initial weights of the encoder. */
export function initEncoder(options: AutoencoderOptions, initializer: Initializer): CoderParams {
  const widths = options.multipliers.map((multiplier) => multiplier * options.channels);
  return initCoder(options, initializer, {
    widths: [options.channels, ...widths],
    blocks: options.blocksPerLevel,
    attentionLevel: widths.length - 1,
    channels: [options.imageChannels, options.latentChannels],
    isMiddleFirst: false,
  });
}

/** Initial weights of the decoder. */
export function initDecoder(options: AutoencoderOptions, initializer: Initializer): CoderParams {
  const widths = options.multipliers
    .map((multiplier) => multiplier * options.channels)
    .toReversed();
  return initCoder(options, initializer, {
    widths: [widths[0], ...widths],
    blocks: options.blocksPerLevel + 1,
    attentionLevel: 0,
    channels: [options.latentChannels, options.imageChannels],
    isMiddleFirst: true,
  });
}

/**
 * Pictures to latent maps.
 *
 * @param images  `[B, H, W, imageChannels]` in [-1, 1]; borrowed.
 * @returns `[B, H / f, W / f, latentChannels]`; owned by the caller.
 */
export function encodeImages(
  params: CoderParams,
  images: Tensor4D,
  { groups }: Pick<AutoencoderOptions, 'groups'>,
): Tensor4D {
  return tidy(() => {
    const lowest = params.levels.reduce(
      (x, level) => {
        const values = runBlocks(level, x, groups);
        // Padding on the right and below only, as the official code does.
        return level.resample === undefined
          ? values
          : conv2d(
              level.resample,
              pad(values, [
                [0, 0],
                [0, 1],
                [0, 1],
                [0, 0],
              ]),
              {
                stride: 2,
                padding: 'valid',
              },
            );
      },
      conv2d(params.convIn, images),
    );
    return outputOf(params, runMiddle(params, lowest, groups), groups);
  });
}

/**
 * Latent maps to pictures, not clamped.
 *
 * @param latents  `[B, h, w, latentChannels]`; borrowed.
 * @returns `[B, h · f, w · f, imageChannels]`; owned by the caller.
 */
export function decodeLatents(
  params: CoderParams,
  latents: Tensor4D,
  { groups }: Pick<AutoencoderOptions, 'groups'>,
): Tensor4D {
  return tidy(() => {
    const middle = runMiddle(params, conv2d(params.convIn, latents), groups);
    const highest = params.levels.reduce((x, level) => {
      const values = runBlocks(level, x, groups);
      return level.resample === undefined ? values : conv2d(level.resample, doubleNearest(values));
    }, middle);
    return outputOf(params, highest, groups);
  });
}

/** Official names of the parts that VAR and LlamaGen name alike, relative to the coder. */
export function coderRules(
  params: CoderParams,
  names: {
    readonly own: string;
    readonly official: string;
    readonly level: (index: number) => string;
    readonly block: string;
    readonly middle: readonly [string, string, string];
    readonly resample: string;
    readonly attention: (own: string, official: string) => ImportRule[];
  },
): ImportRule[] {
  const { own, official } = names;
  const levels = params.levels.flatMap((level, index): ImportRule[] => {
    const [from, to] = [`${own}.levels.${index}`, `${official}.${names.level(index)}`];
    return [
      ...level.blocks.flatMap((block, n) =>
        residualRules(block, `${from}.blocks.${n}`, `${to}.${names.block}.${n}`),
      ),
      ...level.attentions.flatMap((_, n) =>
        names.attention(`${from}.attentions.${n}`, `${to}.attn.${n}`),
      ),
      ...(level.resample === undefined
        ? []
        : convRules(`${from}.resample`, `${to}.${names.resample}.conv`)),
    ];
  });
  const [first, attention, second] = names.middle;
  return [
    ...convRules(`${own}.convIn`, `${official}.conv_in`),
    ...levels,
    ...residualRules(params.middle.first, `${own}.middle.first`, `${official}.${first}`),
    ...names.attention(`${own}.middle.attention`, `${official}.${attention}`),
    ...residualRules(params.middle.second, `${own}.middle.second`, `${official}.${second}`),
    ...normRules(`${own}.normOut`, `${official}.norm_out`),
    ...convRules(`${own}.convOut`, `${official}.conv_out`),
  ];
}

function initCoder(
  { groups: _groups, ...options }: AutoencoderOptions,
  initializer: Initializer,
  plan: {
    /** Width before the first level, then of each level. */
    readonly widths: readonly number[];
    readonly blocks: number;
    readonly attentionLevel: number;
    readonly channels: readonly [input: number, output: number];
    readonly isMiddleFirst: boolean;
  },
): CoderParams {
  const { widths, blocks, attentionLevel, channels, isMiddleFirst } = plan;
  const first = widths[0];
  const last = widths[widths.length - 1];
  const conv = (inChannels: number, outChannels: number) =>
    initConv2d({ inChannels, outChannels }, initializer);
  const convIn = conv(channels[0], first);
  const levels = options.multipliers.map((_, index): LevelParams => {
    const [before, width] = [widths[index], widths[index + 1]];
    const level: LevelParams = {
      blocks: Array.from({ length: blocks }, (__, n) =>
        initResidualBlock(
          { inChannels: n === 0 ? before : width, outChannels: width },
          initializer,
        ),
      ),
      attentions:
        index === attentionLevel
          ? Array.from({ length: blocks }, () => initSpatialAttention(width, initializer))
          : [],
    };
    return index === options.multipliers.length - 1
      ? level
      : { ...level, resample: conv(width, width) };
  });
  const middleWidth = isMiddleFirst ? first : last;
  const block = () =>
    initResidualBlock({ inChannels: middleWidth, outChannels: middleWidth }, initializer);
  return {
    convIn,
    levels,
    middle: {
      first: block(),
      attention: initSpatialAttention(middleWidth, initializer),
      second: block(),
    },
    normOut: initGroupNorm(last, initializer),
    convOut: conv(last, channels[1]),
  };
}

function runBlocks({ blocks, attentions }: LevelParams, x: Tensor4D, groups: number): Tensor4D {
  return blocks.reduce((values, block, index) => {
    const next = residualBlock(block, values, { groups });
    return attentions.length === 0 ? next : spatialAttention(attentions[index], next, { groups });
  }, x);
}

function runMiddle({ middle }: CoderParams, x: Tensor4D, groups: number): Tensor4D {
  const first = residualBlock(middle.first, x, { groups });
  return residualBlock(middle.second, spatialAttention(middle.attention, first, { groups }), {
    groups,
  });
}

function outputOf({ normOut, convOut }: CoderParams, x: Tensor4D, groups: number): Tensor4D {
  return conv2d(convOut, silu(groupNorm(normOut, x, { groups })));
}

function residualRules(
  { shortcut }: ResidualBlockParams,
  own: string,
  official: string,
): ImportRule[] {
  return [
    ...normRules(`${own}.norm1`, `${official}.norm1`),
    ...convRules(`${own}.conv1`, `${official}.conv1`),
    ...normRules(`${own}.norm2`, `${official}.norm2`),
    ...convRules(`${own}.conv2`, `${official}.conv2`),
    ...(shortcut === undefined ? [] : convRules(`${own}.shortcut`, `${official}.nin_shortcut`)),
  ];
}
