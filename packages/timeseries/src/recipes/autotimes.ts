/**
 * AutoTimes (Liu et al. 2024, AutoTimes: Autoregressive Time Series Forecasters via Large Language Models).
 *
 * New in it: X is the next segment of one variate, and the backbone is a language model that stays as it is; only a
 * map from segments to embeddings, a map back, and the share of the timestamps' embeddings are learned. One model
 * serves every look-back and, by rolling, every horizon.
 * Different here: the backbone is any causal transformer of GPT-2's form, pretrained or not, and may be trained too.
 */
import {
  OptionError,
  dropout,
  initLinear,
  l2Normalize,
  layerNorm,
  linear,
  linearRules,
  mlp,
  normRules,
  parseOptions,
  selfAttention,
  transformer,
} from '@nextx/core';
import type {
  ImportRule,
  Initializer,
  LinearParams,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import { add, mul, slice, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { backboneNetwork } from './backbone-network.ts';
import type { ForecastRecipe } from './forecast-recipe.ts';
import { segmentForecaster } from './segment-forecaster.ts';
import { initLinearChain, linearChain, linearChainRules } from './linear-chain.ts';
import type { SegmentNetwork } from './segment-network.ts';

/** Sizes of the network; defaults are those of the published model on GPT-2. */
export interface AutoTimesOptions {
  /** Values of a segment. @defaultValue 96 */
  readonly segment?: number;
  /** Past values of an evaluation, in whole segments. @defaultValue 672 */
  readonly lookBack?: number;
  /** Transformer blocks. @defaultValue 12 */
  readonly depth?: number;
  /** @defaultValue 768 */
  readonly width?: number;
  /** @defaultValue 12 */
  readonly heads?: number;
  /** Hidden units of the feed-forward half. @defaultValue 4 · width */
  readonly hidden?: number;
  /** Tokens that have a learned position: the longest past it can read or remember. @defaultValue 1024 */
  readonly positions?: number;
  /** Hidden layers of the maps from and to segments; 0 is a linear map. @defaultValue 0 */
  readonly mapLayers?: number;
  /** Width of those layers. @defaultValue 256 */
  readonly mapHidden?: number;
  /** @defaultValue 'tanh' */
  readonly mapActivation?: 'tanh' | 'relu' | 'gelu';
  /**
   * What describes the time of each segment: nothing; embeddings of the width, from a language model; or so many
   * features, which a learned map takes to the width.
   * @defaultValue 'none'
   */
  readonly timestamps?: 'none' | 'embeddings' | { readonly features: number };
  /** Behind attention, mlp and the embedded segments. @defaultValue 0 */
  readonly dropoutRate?: number;
  /** What training changes; `ends` are the maps from and to segments, and the timestamps' share. @defaultValue 'all' */
  readonly trains?: 'all' | 'ends' | 'ends and positions';
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  segment: z._default(positive, 96),
  lookBack: z._default(positive, 672),
  depth: z._default(positive, 12),
  width: z._default(positive, 768),
  heads: z._default(positive, 12),
  hidden: z.exactOptional(positive),
  positions: z._default(positive, 1024),
  mapLayers: z._default(z.int().check(z.minimum(0)), 0),
  mapHidden: z._default(positive, 256),
  mapActivation: z._default(z.enum(['tanh', 'relu', 'gelu']), 'tanh'),
  timestamps: z._default(
    z.union([z.literal('none'), z.literal('embeddings'), z.strictObject({ features: positive })]),
    'none',
  ),
  dropoutRate: z._default(z.number().check(z.minimum(0), z.lt(1)), 0),
  trains: z._default(z.enum(['all', 'ends', 'ends and positions']), 'all'),
}) satisfies z.ZodMiniType<AutoTimesOptions>;

/** Published on ETTh1 with GPT-2 as the backbone, which is imported and stays as it is. */
export const autoTimesGpt2: AutoTimesOptions = { timestamps: 'embeddings', trains: 'ends' };

/** The same form without a language model: a segment autoregression that trains in minutes. */
export const segmentAutoregression: AutoTimesOptions = {
  depth: 2,
  width: 64,
  heads: 4,
  positions: 7,
  dropoutRate: 0.3,
};

type ParsedOptions = Required<AutoTimesOptions>;

/** Weights of the network. */
export type AutoTimesParams = {
  encoder: LinearParams[];
  decoder: LinearParams[];
  /** Share of the timestamps' embeddings; present where they are mixed in. `[]` */
  timestampShare?: Scalar;
  /** Features of a time to the width. */
  timestampMap?: LinearParams;
  /** `[positions, C]` */
  positions: Tensor2D;
  backbone: TransformerParams;
};

/** AutoTimes. Marks, where it reads them, are those of the times at which segments begin. */
export const autoTimesRecipe: ForecastRecipe<ParsedOptions, AutoTimesParams> = {
  name: 'autotimes',
  parse: parseAutoTimesOptions,
  init: initAutoTimes,
  bind: (options, params) =>
    segmentForecaster(autoTimesNetwork(options, params), { lookBack: options.lookBack, params }),
  trains: ({ trains }, path) =>
    trains === 'all' ||
    !(path.startsWith('backbone.') || (trains === 'ends' && path === 'positions')),
  importRules: autoTimesRules,
};

/** Complete options. @throws {OptionError} CONFIG naming the value. */
export function parseAutoTimesOptions(options: unknown): ParsedOptions {
  const parsed = parseOptions('autotimes', schema, options, 'CONFIG');
  const { lookBack, segment, positions } = parsed;
  if (lookBack % segment !== 0 || lookBack / segment > positions) {
    throw new OptionError(
      `autotimes: lookBack must be whole segments of ${segment} values, at most ${positions} of them, got ${lookBack}. Change lookBack, segment or positions.`,
      'CONFIG',
    );
  }
  return { ...parsed, hidden: parsed.hidden ?? 4 * parsed.width };
}

/** The network between normalized segments: what a token reads, and what it says of the next. */
export function autoTimesNetwork(options: ParsedOptions, params: AutoTimesParams): SegmentNetwork {
  const { segment, positions, dropoutRate, mapActivation } = options;
  return backboneNetwork({
    segment,
    horizon: segment,
    maxTokens: positions,
    backbone: transformer(autoTimesTransformerParts(options)),
    params: params.backbone,
    embed: (segments, first, { key, ...context }) => {
      const tokens = embedSegments(options, params, { segments, ...context });
      const x: Tensor3D = add(tokens, slice(params.positions, [first, 0], [segments.shape[1], -1]));
      return { x: key === undefined ? x : dropout(x, dropoutRate, key) };
    },
    decode: (hidden) => linearChain(params.decoder, hidden, mapActivation),
  });
}

/**
 * Embeds segments, and mixes in what is known of their times: both parts have unit length (section 3.2, equation 4).
 *
 * @returns `[R, N, C]`; owned by the caller.
 */
export function embedSegments(
  { timestamps, mapActivation }: ParsedOptions,
  params: AutoTimesParams,
  { segments, marks }: { readonly segments: Tensor3D; readonly marks?: Tensor3D },
): Tensor3D {
  return tidy(() => {
    const values = linearChain(params.encoder, segments, mapActivation);
    const { timestampShare, timestampMap } = params;
    if (timestamps === 'none' || timestampShare === undefined) return values;
    if (marks === undefined) {
      throw new OptionError(
        'autotimes: windows must have marks, because the model mixes timestamps in, got none. Give the marks it was trained with.',
      );
    }
    const times = timestampMap === undefined ? marks : linear(timestampMap, marks);
    return add(l2Normalize(values), mul(timestampShare, l2Normalize(times)));
  });
}

/** GPT-2's blocks. */
export function autoTimesTransformerParts(options: ParsedOptions): TransformerParts {
  const { depth, width, heads, hidden, dropoutRate } = options;
  return {
    blocks: depth,
    width,
    norm: layerNorm({ epsilon: 1e-5 }),
    attention: selfAttention({ width, heads, hasBias: true, hasKeyBias: true }),
    mlp: mlp({ width, hidden }),
    dropoutRate,
  };
}

function initAutoTimes(options: ParsedOptions, initializer: Initializer): AutoTimesParams {
  const { segment, width, positions, mapLayers, mapHidden, timestamps } = options;
  const between = Array.from({ length: mapLayers }, () => mapHidden);
  const maps = {
    encoder: initLinearChain([segment, ...between, width], initializer),
    decoder: initLinearChain([width, ...between, segment], initializer),
    ...(typeof timestamps === 'object' && {
      timestampMap: initLinear(
        { inFeatures: timestamps.features, outFeatures: width },
        initializer,
      ),
    }),
    backbone: transformer(autoTimesTransformerParts(options)).init(initializer),
  };
  return {
    ...fanInUniform(maps, initializer),
    ...(timestamps !== 'none' && { timestampShare: initializer.ones([]) as Scalar }),
    positions: initializer.normal([positions, width], 0.02) as Tensor2D,
  };
}

/** Official names: the learned parts, and GPT-2 under `gpt2.`. */
function autoTimesRules(
  _: ParsedOptions,
  { encoder, decoder, backbone }: AutoTimesParams,
): ImportRule[] {
  const blocks = backbone.blocks.flatMap((__, index): ImportRule[] => {
    const [own, official] = [`backbone.blocks.${index}`, `gpt2.h.${index}`];
    return [
      ...normRules(`${own}.attentionNorm`, `${official}.ln_1`),
      // Weights of GPT-2's `Conv1D` are [in, out], as ours.
      { own: `${own}.attention.qkv`, official: `${official}.attn.c_attn.weight` },
      ...['queryBias', 'keyBias', 'valueBias'].map((name, index): ImportRule => {
        const part = { index, of: 3 };
        return { own: `${own}.attention.${name}`, official: `${official}.attn.c_attn.bias`, part };
      }),
      ...conv1dRules(`${own}.attention.output`, `${official}.attn.c_proj`),
      ...normRules(`${own}.mlpNorm`, `${official}.ln_2`),
      ...conv1dRules(`${own}.mlp.up`, `${official}.mlp.c_fc`),
      ...conv1dRules(`${own}.mlp.down`, `${official}.mlp.c_proj`),
    ];
  });
  return [
    ...linearChainRules('encoder', encoder.length),
    ...linearChainRules('decoder', decoder.length),
    { own: 'timestampShare', official: 'add_scale' },
    ...linearRules('timestampMap', 'timestamp_map'),
    { own: 'positions', official: 'gpt2.wpe.weight' },
    ...blocks,
    ...normRules('backbone.finalNorm', 'gpt2.ln_f'),
  ];
}

function conv1dRules(own: string, official: string): ImportRule[] {
  return [
    { own: `${own}.weight`, official: `${official}.weight` },
    { own: `${own}.bias`, official: `${official}.bias` },
  ];
}
