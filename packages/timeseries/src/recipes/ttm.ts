/**
 * Tiny Time Mixers (Ekambaram et al. 2024, Tiny Time Mixers: Fast Pre-trained Models for Enhanced Zero/Few-Shot
 * Forecasting of Multivariate Time Series).
 *
 * New in it: a pretrained forecaster of under a million weights. No attention: mlps mix patches and features in turn, and
 * each level cuts its patches finer or coarser by giving features to patches. A decoder may mix variates, and a prefix
 * says the sampling rate.
 * Different here: patches do not overlap; no exogenous variables.
 */
import {
  dropout,
  embed,
  foldIn,
  geluErf,
  initLinear,
  linear,
  linearRules,
  parseOptions,
} from '@nextx/core';
import type { ImportRule, Initializer, Key, LinearParams } from '@nextx/core';
import { concat, reshape, slice, tensor1d, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { initMixerLayer, mixerLayer, mixerLayerRules } from '../layers/time-mixer.ts';
import type { MixerLayerParams } from '../layers/time-mixer.ts';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { denormalizeRows, normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { segmentsOf } from '../tokenizers/segments.ts';
import { directForecaster } from './direct-forecaster.ts';
import type { ForecastRecipe } from './forecast-recipe.ts';

/** Sizes of the network; defaults are those of the released model from 512 to 96 values. */
export interface TtmOptions {
  /** @defaultValue 512 */
  readonly lookBack?: number;
  /** @defaultValue 96 */
  readonly horizon?: number;
  /** Values of a patch; values before the first whole patch are not read. @defaultValue 64 */
  readonly patchLength?: number;
  /** @defaultValue 192 */
  readonly width?: number;
  /** Levels, the first of which cuts each patch into 2^(levels - 1). @defaultValue 3 */
  readonly levels?: number;
  /** Mixer layers of a level. @defaultValue 2 */
  readonly layers?: number;
  /** @defaultValue 128 */
  readonly decoderWidth?: number;
  /** @defaultValue 2 */
  readonly decoderLayers?: number;
  /** @defaultValue 2 */
  readonly expansion?: number;
  /** Dropout in the mixers. @defaultValue 0.2 */
  readonly dropoutRate?: number;
  /** Dropout in the decoder and in front of the head. @defaultValue 0.2 */
  readonly headDropoutRate?: number;
  /** Variates that the decoder mixes. @defaultValue none: each goes by itself */
  readonly mixedVariates?: number;
  /** Sampling rates that a prefix tells apart. @defaultValue none: no prefix */
  readonly resolutions?: number;
  /** Number of the series' sampling rate among them. @defaultValue 0 */
  readonly resolution?: number;
}

type OptionalSize = 'mixedVariates' | 'resolutions';
type ParsedOptions = Required<Omit<TtmOptions, OptionalSize>> & Pick<TtmOptions, OptionalSize>;

const positive = z.int().check(z.positive());
const rate = z.number().check(z.minimum(0), z.maximum(0.99));

const schema = z
  .strictObject({
    lookBack: z._default(positive, 512),
    horizon: z._default(positive, 96),
    patchLength: z._default(positive, 64),
    width: z._default(positive, 192),
    levels: z._default(positive, 3),
    layers: z._default(positive, 2),
    decoderWidth: z._default(positive, 128),
    decoderLayers: z._default(positive, 2),
    expansion: z._default(positive, 2),
    dropoutRate: z._default(rate, 0.2),
    headDropoutRate: z._default(rate, 0.2),
    mixedVariates: z.exactOptional(positive),
    resolutions: z.exactOptional(positive),
    resolution: z._default(z.int().check(z.minimum(0)), 0),
  })
  .check(
    z.refine(({ lookBack, patchLength }) => lookBack >= patchLength, {
      path: ['lookBack'],
      error: 'expected at least one whole patch',
    }),
    z.refine(({ width, levels }) => width % 2 ** (levels - 1) === 0, {
      path: ['width'],
      error: 'expected a multiple of 2^(levels - 1)',
    }),
    z.refine(({ resolution, resolutions = Infinity }) => resolution < resolutions, {
      path: ['resolution'],
      error: 'expected a number below resolutions',
    }),
  ) satisfies z.ZodMiniType<TtmOptions>;

/** Weights of the network. */
export type TtmParams = {
  /** From a patch to a token. */
  patcher: LinearParams;
  /** The sampling rates, `[resolutions, patchLength]`, and the way to a token. */
  prefix?: { table: Tensor2D; up: LinearParams; down: LinearParams };
  levels: MixerLayerParams[][];
  /** Absent where the decoder is as wide as the backbone. */
  adapter?: LinearParams;
  decoder: MixerLayerParams[];
  /** From all tokens of a variate to the horizon. */
  head: LinearParams;
};

/** Tiny Time Mixers; without a decoder that mixes variates it takes any number of them. */
export const ttmRecipe: ForecastRecipe<TtmOptions, TtmParams> = {
  name: 'ttm',
  parse: parseTtmOptions,
  init: (options, initializer) => initTtm(parseTtmOptions(options), initializer),
  bind: (options, params) => {
    const parsed = parseTtmOptions(options);
    const { lookBack, horizon, mixedVariates, resolution } = parsed;
    return directForecaster({
      lookBack,
      horizon,
      variates: mixedVariates,
      params,
      forward: ({ values }, key) => {
        const resolutions = new Int32Array(values.shape[0]).fill(resolution);
        return ttmForecast(parsed, params, { values, resolutions, ...(key && { key }) });
      },
    });
  },
  importRules: (_, params) => ttmRules(params),
};

function parseTtmOptions(options: unknown): ParsedOptions {
  return parseOptions('ttm', schema, options, 'CONFIG');
}

/** What one evaluation reads. */
export interface TtmInput {
  /** `[B, lookBack, V]` */
  readonly values: Tensor3D;
  /** `[B]`, the sampling rate of each sample, where there is a prefix. */
  readonly resolutions: Int32Array;
  /** Draws dropout; absent outside training. */
  readonly key?: Key;
}

/** The forecast of samples that may differ in their sampling rates, `[B, horizon, V]`; owned by the caller. */
export function ttmForecast(
  options: TtmOptions,
  params: TtmParams,
  { values, resolutions, key }: TtmInput,
): Tensor3D {
  const { headDropoutRate, ...parsed } = parseTtmOptions(options);
  const variates = values.shape[2];
  return tidy(() => {
    const rows = channelRows(values);
    const statistics = rowStatistics(rows);
    const patches = patchTokens(params.patcher, normalizeRows(rows, statistics));
    const tokens = withPrefix(params.prefix, patches, { resolutions, variates });
    const encoded = params.levels.reduce((x, layers, index) => {
      const context = key && { rate: parsed.dropoutRate, key: foldIn(key, index) };
      return mixLevel(layers, x, { factor: levelFactor(parsed, index), drop: context });
    }, tokens);
    const adapted = params.adapter === undefined ? encoded : linear(params.adapter, encoded);
    const decoded = params.decoder.reduce(
      (x, layer, index) =>
        mixerLayer(layer, x, key && { rate: headDropoutRate, key: foldIn(key, 100 + index) }),
      adapted,
    );
    const flat = reshape(decoded, [rows.shape[0], -1]) as Tensor2D;
    const kept = key === undefined ? flat : dropout(flat, headDropoutRate, foldIn(key, 200));
    return joinChannels(denormalizeRows(linear(params.head, kept), statistics), variates);
  });
}

/** Tokens of the patches, the last of which ends at the last value: `[R, T]` to `[R, P, D]`; owned by the caller. */
export function patchTokens(patcher: LinearParams, rows: Tensor2D): Tensor3D {
  const patchLength = patcher.weight.shape[0];
  return tidy(() => {
    const unread = rows.shape[1] % patchLength;
    return linear(patcher, segmentsOf(slice(rows, [0, unread]) as Tensor2D, patchLength));
  });
}

/** Tokens with one of the sampling rate in front of those of each variate, `[R, P + 1, D]`; as they were where there is no prefix. */
export function withPrefix(
  prefix: TtmParams['prefix'],
  tokens: Tensor3D,
  { resolutions, variates }: { readonly resolutions: Int32Array; readonly variates: number },
): Tensor3D {
  if (prefix === undefined) return tokens;
  const [rows, , width] = tokens.shape;
  const rates = embed(prefix.table, tensor1d(resolutions, 'int32')) as Tensor2D;
  const each = linear(prefix.down, geluErf(linear(prefix.up, rates)));
  const repeated = tile(reshape(each, [-1, 1, width]), [1, variates, 1]);
  return concat([reshape(repeated, [rows, 1, width]) as Tensor3D, tokens], 1);
}

/** Layers over patches cut into `factor` parts, which features pay for; then they are joined again. */
export function mixLevel(
  layers: readonly MixerLayerParams[],
  x: Tensor3D,
  {
    factor,
    drop,
  }: { readonly factor: number; readonly drop?: { rate: number; key: Key } | undefined },
): Tensor3D {
  const [rows, patches, width] = x.shape;
  return tidy(() => {
    const cut: Tensor3D = reshape(x, [rows, patches * factor, width / factor]);
    const mixed = layers.reduce(
      (stream, layer, index) =>
        mixerLayer(layer, stream, drop && { ...drop, key: foldIn(drop.key, index) }),
      cut,
    );
    return reshape(mixed, [rows, patches, width]);
  });
}

/** Parts of a patch at a level, counted from the finest; 1 where no more than four features would be left. */
export function levelFactor(
  { width, levels }: { readonly width: number; readonly levels: number },
  index: number,
): number {
  const factor = 2 ** (levels - 1 - index);
  return width / factor <= 4 ? 1 : factor;
}

function initTtm(options: ParsedOptions, initializer: Initializer): TtmParams {
  const { width, patchLength, expansion, decoderWidth, mixedVariates, resolutions } = options;
  const hasPrefix = resolutions !== undefined;
  const patches = Math.floor(options.lookBack / patchLength) + (hasPrefix ? 1 : 0);
  const map = (inFeatures: number, outFeatures: number) =>
    initLinear({ inFeatures, outFeatures }, initializer);
  const between = Math.floor((patchLength + width) / 2);
  return {
    patcher: map(patchLength, width),
    ...(hasPrefix && {
      prefix: {
        table: initializer.normal([resolutions, patchLength], 1) as Tensor2D,
        up: map(patchLength, between),
        down: map(between, width),
      },
    }),
    levels: Array.from({ length: options.levels }, (_, index) => {
      const factor = levelFactor(options, index);
      const sizes = { patches: patches * factor, width: width / factor, expansion };
      return Array.from({ length: options.layers }, () => initMixerLayer(sizes, initializer));
    }),
    ...(width !== decoderWidth && { adapter: map(width, decoderWidth) }),
    decoder: Array.from({ length: options.decoderLayers }, () => {
      const sizes = { patches, width: decoderWidth, expansion };
      const variates = mixedVariates === undefined ? {} : { variates: mixedVariates };
      return initMixerLayer({ ...sizes, ...variates }, initializer);
    }),
    head: map(patches * decoderWidth, options.horizon),
  };
}

/** Official names. */
function ttmRules(params: TtmParams): ImportRule[] {
  const encoder = 'backbone.encoder';
  const levels = params.levels.flatMap((layers, level) =>
    layers.flatMap((layer, index) => {
      const official = `${encoder}.mlp_mixer_encoder.mixers.${level}.mixer_layers.${index}`;
      return mixerLayerRules(layer, `levels.${level}.${index}`, official);
    }),
  );
  const decoder = params.decoder.flatMap((layer, index) =>
    mixerLayerRules(layer, `decoder.${index}`, `decoder.decoder_block.mixers.${index}`),
  );
  return [
    ...linearRules('patcher', `${encoder}.patcher`),
    ...(params.prefix === undefined
      ? []
      : [
          { own: 'prefix.table', official: `${encoder}.freq_mod.0.weight` },
          ...linearRules('prefix.up', `${encoder}.freq_mod.1`),
          ...linearRules('prefix.down', `${encoder}.freq_mod.3`),
        ]),
    ...levels,
    ...(params.adapter === undefined ? [] : linearRules('adapter', 'decoder.adapter')),
    ...decoder,
    ...linearRules('head', 'head.base_forecast_block'),
  ];
}
