/**
 * iTransformer (Liu et al. 2024, Inverted Transformers Are Effective for Time Series Forecasting).
 *
 * New in it: a token is the whole past of one variate, so attention mixes variates and the feed-forward half works on
 * times. Numbers that describe the times are further tokens. One evaluation gives the whole horizon.
 * Different here: no dropout on attention weights and inside the feed-forward half, only behind both.
 */
import {
  dropout,
  foldIn,
  initLinear,
  linear,
  linearRules,
  parseOptions,
  transformer,
} from '@nextx/core';
import type {
  ImportRule,
  Initializer,
  Key,
  LinearParams,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import { reshape, slice } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { denormalizeRows, normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { variateTokens } from '../tokenizers/variate-tokens.ts';
import { directForecaster } from './direct-forecaster.ts';
import type { ForecastRecipe, Windows } from './forecast-recipe.ts';
import { postNormEncoder, postNormEncoderRules } from './post-norm-encoder.ts';

/** Sizes of the network; defaults are those of ETTh1 at a horizon of 96. */
export interface ITransformerOptions {
  /** @defaultValue 96 */
  readonly lookBack?: number;
  /** @defaultValue 96 */
  readonly horizon?: number;
  /** Encoder blocks. @defaultValue 2 */
  readonly blocks?: number;
  /** @defaultValue 256 */
  readonly width?: number;
  /** Hidden features of the feed-forward half. @defaultValue width */
  readonly hidden?: number;
  /** @defaultValue 8 */
  readonly heads?: number;
  /** Dropout of the embedded tokens and behind attention and mlp. @defaultValue 0.1 */
  readonly dropoutRate?: number;
  /** Whether each window is normalized by its own mean and deviation, and the forecast scaled back. @defaultValue true */
  readonly isNormalized?: boolean;
}

type ParsedOptions = Required<ITransformerOptions>;

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  lookBack: z._default(positive, 96),
  horizon: z._default(positive, 96),
  blocks: z._default(positive, 2),
  width: z._default(positive, 256),
  hidden: z.exactOptional(positive),
  heads: z._default(positive, 8),
  dropoutRate: z._default(z.number().check(z.minimum(0), z.maximum(0.99)), 0.1),
  isNormalized: z._default(z.boolean(), true),
}) satisfies z.ZodMiniType<ITransformerOptions>;

/** Weights of the network. Nothing in them depends on the number of variates. */
export type ITransformerParams = {
  /** From a look-back to a token. */
  embedding: LinearParams;
  backbone: TransformerParams;
  /** From a token to a horizon. */
  head: LinearParams;
};

/** iTransformer over any number of variates, which may differ between training and forecast. */
export const iTransformerRecipe: ForecastRecipe<ITransformerOptions, ITransformerParams> = {
  name: 'itransformer',
  parse: parseITransformerOptions,
  init: initITransformer,
  bind: (options, params) => {
    const parsed = parseITransformerOptions(options);
    const { lookBack, horizon } = parsed;
    return directForecaster({
      lookBack,
      horizon,
      params,
      forward: (past, key) => forecast(parsed, params, { past, key }),
    });
  },
  importRules: (_, params) => iTransformerRules(params),
};

function parseITransformerOptions(options: unknown): ParsedOptions {
  const parsed = parseOptions('itransformer', schema, options, 'CONFIG');
  return { ...parsed, hidden: parsed.hidden ?? parsed.width };
}

/** One evaluation on `[B, L, V]` and marks `[B, L, F]`. */
interface Pass {
  readonly past: Windows;
  readonly key: Key | undefined;
}

function forecast(
  options: ParsedOptions,
  params: ITransformerParams,
  { past: { values, marks }, key }: Pass,
): Tensor3D {
  const [batch, , variates] = values.shape;
  const rows = channelRows(values);
  const statistics = options.isNormalized ? rowStatistics(rows) : undefined;
  const normalized = statistics === undefined ? rows : normalizeRows(rows, statistics);
  const tokens = variateTokens(params.embedding, { rows: normalized, batch, marks });
  const kept = key === undefined ? tokens : dropout(tokens, options.dropoutRate, foldIn(key, 0));
  const encoder = transformer(iTransformerParts(options));
  const encoded = encoder.forward(params.backbone, { x: kept }, key && foldIn(key, 1));
  // The tokens of the marks come last and give no forecast.
  const ofVariates = slice(encoded, [0, 0, 0], [-1, variates, -1]);
  const forecasts = reshape(linear(params.head, ofVariates), [-1, options.horizon]) as Tensor2D;
  const scaled = statistics === undefined ? forecasts : denormalizeRows(forecasts, statistics);
  return joinChannels(scaled, variates);
}

/** The encoder: attention among all tokens, without positions, norms behind the branches. */
export function iTransformerParts(options: ITransformerOptions): TransformerParts {
  return postNormEncoder(parseITransformerOptions(options));
}

function initITransformer(
  options: ITransformerOptions,
  initializer: Initializer,
): ITransformerParams {
  const { lookBack, horizon, width, ...rest } = parseITransformerOptions(options);
  const encoder = transformer(iTransformerParts({ width, ...rest }));
  const params = {
    embedding: initLinear({ inFeatures: lookBack, outFeatures: width }, initializer),
    backbone: encoder.init(initializer),
    head: initLinear({ inFeatures: width, outFeatures: horizon }, initializer),
  };
  return fanInUniform(params, initializer);
}

/** Official names. */
function iTransformerRules({ backbone }: ITransformerParams): ImportRule[] {
  return [
    ...linearRules('embedding', 'enc_embedding.value_embedding'),
    ...postNormEncoderRules('backbone', 'encoder', backbone),
    ...linearRules('head', 'projector'),
  ];
}
