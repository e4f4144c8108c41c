/**
 * Time-MoE (Shi et al. 2025, Time-MoE: Billion-Scale Time Series Foundation Models with Mixture of Experts).
 *
 * New in it: a decoder over single values that grows by sparse experts, of which each value uses two, and heads of
 * several lengths, so that a long forecast takes few steps: the longest that fits first.
 * Different here: windows are normalized by their own mean and deviation, which the official code leaves to its caller.
 */
import {
  assertShape,
  attentionRules,
  initLinear,
  linear,
  linearRules,
  loadBalancingLoss,
  mixtureOfExperts,
  normRules,
  parseOptions,
  rmsNorm,
  rotaryTable,
  selfAttention,
  transformer,
} from '@nextx/core';
import type {
  BackboneState,
  ImportRule,
  Initializer,
  LinearParams,
  MixtureOfExpertsParams,
  Routing,
  Rows,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import {
  add,
  concat,
  dispose,
  keep,
  mean,
  mul,
  onesLike,
  reshape,
  slice,
  stack,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { maskedHuber } from '../layers/masked-huber.ts';
import { causalMask } from '../tokenizers/causal-mask.ts';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { denormalizeRows, normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { pointTokens } from '../tokenizers/point-tokens.ts';
import type { PointTokensParams } from '../tokenizers/point-tokens.ts';
import type { ForecastRecipe, Forecaster } from './forecast-recipe.ts';

/** Sizes of the network; defaults are those of the released base model. */
export interface TimeMoeOptions {
  /** @defaultValue 512 */
  readonly lookBack?: number;
  /** Values that one forecast gives, by as many heads as that takes. @defaultValue 96 */
  readonly horizon?: number;
  /** @defaultValue 12 */
  readonly blocks?: number;
  /** @defaultValue 384 */
  readonly width?: number;
  /** @defaultValue 12 */
  readonly heads?: number;
  /** @defaultValue heads */
  readonly keyValueHeads?: number;
  /** Hidden features of the shared expert, and of all experts that a value uses together. @defaultValue 1536 */
  readonly hidden?: number;
  /** @defaultValue 8 */
  readonly experts?: number;
  /** Experts that a value uses. @defaultValue 2 */
  readonly expertsPerValue?: number;
  /** Values that each head gives, ascending from 1. @defaultValue `[1, 8, 32, 64]` */
  readonly headLengths?: readonly number[];
  /** Base θ of the rotary angles. @defaultValue 10000 */
  readonly ropeTheta?: number;
  /** Factor of the loss that balances the experts. @defaultValue 0.02 */
  readonly balanceFactor?: number;
  /** Whether each window is normalized, and the forecast scaled back. @defaultValue true */
  readonly isNormalized?: boolean;
}

type ParsedOptions = Required<TimeMoeOptions>;

/** 453 M weights. */
export const timeMoeLarge: TimeMoeOptions = { width: 768, hidden: 3072 };
/** 2.4 B weights. */
export const timeMoeUltra: TimeMoeOptions = { width: 1024, blocks: 36, heads: 16, hidden: 4096 };

const positive = z.int().check(z.positive());
const isAscendingFromOne = (lengths: readonly number[]) =>
  lengths[0] === 1 && lengths.every((length, i) => i === 0 || length > lengths[i - 1]);

const schema = z.strictObject({
  lookBack: z._default(positive, 512),
  horizon: z._default(positive, 96),
  blocks: z._default(positive, 12),
  width: z._default(positive, 384),
  heads: z._default(positive, 12),
  keyValueHeads: z.exactOptional(positive),
  hidden: z._default(positive, 1536),
  experts: z._default(positive, 8),
  expertsPerValue: z._default(positive, 2),
  headLengths: z._default(
    z.array(positive).check(z.refine(isAscendingFromOne, { error: 'expected to ascend from 1' })),
    [1, 8, 32, 64],
  ),
  ropeTheta: z._default(z.number().check(z.positive()), 10000),
  balanceFactor: z._default(z.number().check(z.minimum(0)), 0.02),
  isNormalized: z._default(z.boolean(), true),
}) satisfies z.ZodMiniType<TimeMoeOptions>;

/** Weights of the network. */
export type TimeMoeParams = {
  embedding: PointTokensParams;
  backbone: TransformerParams<MixtureOfExpertsParams>;
  /** One for each length, `[C, length]`. */
  heads: LinearParams[];
};

/** Time-MoE, which forecasts each variate by itself. */
export const timeMoeRecipe: ForecastRecipe<TimeMoeOptions, TimeMoeParams> = {
  name: 'time-moe',
  parse: parseTimeMoeOptions,
  init: (options, initializer) => initTimeMoe(parseTimeMoeOptions(options), initializer),
  bind: (options, params) => bindTimeMoe(parseTimeMoeOptions(options), params),
  importRules: (options, params) => timeMoeRules(parseTimeMoeOptions(options), params),
};

function parseTimeMoeOptions(options: unknown): ParsedOptions {
  const parsed = parseOptions('time-moe', schema, options, 'CONFIG');
  return { ...parsed, keyValueHeads: parsed.keyValueHeads ?? parsed.heads };
}

function bindTimeMoe(options: ParsedOptions, params: TimeMoeParams): Forecaster {
  const { lookBack, horizon, isNormalized } = options;
  return {
    lookBack,
    horizon,
    params,
    predict: ({ values }) => {
      assertShape('time-moe: values', values, [null, lookBack, null]);
      return tidy(() => {
        const rows = channelRows(values);
        const statistics = isNormalized ? rowStatistics(rows) : undefined;
        const past = statistics === undefined ? rows : normalizeRows(rows, statistics);
        const next = continueRows(options, params, { rows: past, horizon });
        const scaled = statistics === undefined ? next : denormalizeRows(next, statistics);
        return joinChannels(scaled, values.shape[2]);
      });
    },
    loss: ({ values }) => {
      assertShape('time-moe: values', values, [null, lookBack + horizon, null]);
      return tidy(() => {
        const rows = channelRows(values);
        const known = rowStatistics(slice(rows, [0, 0], [-1, lookBack]) as Tensor2D);
        const scaled = isNormalized ? normalizeRows(rows, known) : rows;
        const length = lookBack + horizon - 1;
        const labels: Tensor2D = slice(scaled, [0, 1], [-1, length]);
        const inputs: Tensor2D = slice(scaled, [0, 0], [-1, length]);
        return timeMoeLoss(options, params, { inputs, labels, mask: onesLike(labels) }).loss;
      });
    },
  };
}

/** The blocks: attention with rotary positions, and experts, to whose routing `observe` listens. */
export function timeMoeParts(
  options: TimeMoeOptions,
  observe?: (routing: Routing) => void,
): TransformerParts<MixtureOfExpertsParams> {
  const { blocks, width, heads, keyValueHeads, hidden, ...rest } = parseTimeMoeOptions(options);
  return {
    blocks,
    width,
    norm: rmsNorm({ epsilon: 1e-6 }),
    attention: selfAttention({
      width,
      heads,
      keyValueHeads,
      hasBias: true,
      hasKeyBias: true,
      hasOutputBias: false,
    }),
    mlp: mixtureOfExperts({
      width,
      experts: rest.experts,
      expertsPerRow: rest.expertsPerValue,
      hidden: Math.floor(hidden / rest.expertsPerValue),
      sharedHidden: hidden,
      ...(observe && { observe }),
    }),
  };
}

/**
 * What the blocks are given of some values of each row, those `from` of the row on.
 *
 * @param rows  `[R, T]`; borrowed.
 * @returns Tensors owned by the caller.
 */
export function timeMoeInputs(
  options: TimeMoeOptions,
  { embedding }: Pick<TimeMoeParams, 'embedding'>,
  { rows, from = 0 }: { readonly rows: Tensor2D; readonly from?: number },
): Rows {
  const { width, heads, ropeTheta } = parseTimeMoeOptions(options);
  const length = rows.shape[1];
  const coordinates = Array.from({ length }, (_, index) => from + index);
  const mask = causalMask(length, from);
  return {
    x: pointTokens(embedding, rows),
    rotary: rotaryTable({ coordinates, rank: 1, headSize: width / heads, theta: ropeTheta }),
    ...(mask && { mask }),
  };
}

/** Values that each step of a forecast gives: the longest head that is not longer than what is left. */
export function headSchedule(headLengths: readonly number[], horizon: number): number[] {
  const steps: number[] = [];
  for (let left = horizon; left > 0; left -= steps[steps.length - 1]) {
    steps.push(headLengths.findLast((length) => length <= left) ?? 1);
  }
  return steps;
}

/**
 * The forecast of rows, each value read once: a step's values are fed back, and keys and values of all before remembered.
 *
 * @param rows  `[R, T]`, normalized; borrowed.
 * @returns `[R, horizon]`; owned by the caller.
 */
export function continueRows(
  options: TimeMoeOptions,
  params: TimeMoeParams,
  { rows, horizon }: { readonly rows: Tensor2D; readonly horizon: number },
): Tensor2D {
  const { headLengths } = parseTimeMoeOptions(options);
  const [batch, length] = rows.shape;
  const backbone = transformer(timeMoeParts(options));
  const state = backbone.open(params.backbone, { batch, capacity: length + horizon });
  try {
    return tidy(() => {
      const parts: Tensor2D[] = [];
      let unread = rows;
      for (const size of headSchedule(headLengths, horizon)) {
        const inputs = timeMoeInputs(options, params, { rows: unread, from: state.length });
        unread = nextValues(state, inputs, params.heads[headLengths.indexOf(size)]);
        parts.push(unread);
      }
      return concat(parts, 1);
    });
  } finally {
    state.dispose();
  }
}

/** `[R, length]`, what a head says of the last row read. */
function nextValues(state: BackboneState, inputs: Rows, head: LinearParams): Tensor2D {
  return tidy(() => {
    const hidden = state.extend(inputs);
    const [batch, count, width] = hidden.shape;
    const last = slice(hidden, [0, count - 1, 0], [-1, 1, -1]);
    return linear(head, reshape(last, [batch, width]) as Tensor2D);
  });
}

/** Successive values and what follows each, `[R, T]`; the mask is 0 where a label does not count. */
export interface TimeMoeBatch {
  readonly inputs: Tensor2D;
  readonly labels: Tensor2D;
  readonly mask: Tensor2D;
}

/** Parts of the loss. */
export type TimeMoeLosses = {
  /** The mean of all heads, and the balance times its factor. */
  loss: Scalar;
  /** `[heads]`, Huber's loss (δ = 2) of each. */
  ofHeads: Tensor1D;
  balance: Scalar;
};

/** What training minimizes, and its parts; owned by the caller. Labels beyond the row count for no head. */
export function timeMoeLoss(
  options: TimeMoeOptions,
  params: TimeMoeParams,
  { inputs, labels, mask }: TimeMoeBatch,
): TimeMoeLosses {
  const { headLengths, balanceFactor } = parseTimeMoeOptions(options);
  return tidy(() => {
    const routings: Routing[] = [];
    const parts = timeMoeParts(options, ({ probabilities, choices }) => {
      routings.push({ probabilities: keep(probabilities.clone()), choices: keep(choices.clone()) });
    });
    const rows = timeMoeInputs(options, params, { rows: inputs });
    const hidden = transformer(parts).forward(params.backbone, rows);
    const losses = headLengths.map((length, index) => {
      const following = { labels: followingOf(labels, length), mask: followingOf(mask, length) };
      return maskedHuber(linear(params.heads[index], hidden), following);
    });
    const balance = loadBalancingLoss(routings);
    dispose(routings);
    const ofHeads = stack(losses) as Tensor1D;
    return { loss: add(mean(ofHeads), mul(balance, balanceFactor)) as Scalar, ofHeads, balance };
  });
}

/** The values from each on, zeros beyond the end: `[R, T]` to `[R, T, length]`. */
function followingOf(rows: Tensor2D, length: number): Tensor3D {
  const [count, times] = rows.shape;
  const padded = length === 1 ? rows : concat([rows, zeros([count, length - 1]) as Tensor2D], 1);
  const shifted = Array.from({ length }, (_, ahead) => slice(padded, [0, ahead], [count, times]));
  return stack(shifted, 2) as Tensor3D;
}

function initTimeMoe(options: ParsedOptions, initializer: Initializer): TimeMoeParams {
  const { width, headLengths } = options;
  const map = (inFeatures: number, outFeatures: number) =>
    initLinear({ inFeatures, outFeatures, hasBias: false }, initializer);
  return {
    embedding: { gate: map(1, width), up: map(1, width) },
    backbone: transformer(timeMoeParts(options)).init(initializer),
    heads: headLengths.map((length) => map(width, length)),
  };
}

/** Official names. */
function timeMoeRules(options: ParsedOptions, params: TimeMoeParams): ImportRule[] {
  return [
    ...linearRules('embedding.gate', 'model.embed_layer.gate_layer', false),
    ...linearRules('embedding.up', 'model.embed_layer.emb_layer', false),
    ...params.backbone.blocks.flatMap((_, index) => blockRules(options, index)),
    ...normRules('backbone.finalNorm', 'model.norm', false),
    ...params.heads.flatMap((_, index) =>
      linearRules(`heads.${index}`, `lm_heads.${index}.out_layer`, false),
    ),
  ];
}

function blockRules(options: ParsedOptions, index: number): ImportRule[] {
  const { width, heads, keyValueHeads, hidden, experts, expertsPerValue } = options;
  const [own, official] = [`backbone.blocks.${index}`, `model.layers.${index}`];
  const [mlp, layer] = [`${own}.mlp`, `${official}.ffn_layer`];
  const projection = (name: string) => `${official}.self_attn.${name}_proj`;
  const names = {
    query: projection('q'),
    key: projection('k'),
    value: projection('v'),
    output: projection('o'),
  };
  const size = Math.floor(hidden / expertsPerValue);
  const ofExperts = Array.from({ length: experts }, (_, expert): ImportRule[] => {
    const features = { from: expert * size, to: (expert + 1) * size };
    const theirs = `${layer}.experts.${expert}`;
    const into = (name: 'gate' | 'up'): ImportRule => ({
      own: `${mlp}.experts.${name}.weight`,
      official: `${theirs}.${name}_proj.weight`,
      layout: 'linear',
      features,
    });
    const down = { own: `${mlp}.experts.down`, official: `${theirs}.down_proj.weight`, features };
    return [into('gate'), into('up'), down];
  });
  return [
    ...normRules(`${own}.attentionNorm`, `${official}.input_layernorm`, false),
    ...attentionRules(`${own}.attention`, names, {
      width,
      keyWidth: (width / heads) * keyValueHeads,
      hasOutputBias: false,
      halfSplitHeads: width / heads,
    }),
    ...normRules(`${own}.mlpNorm`, `${official}.post_attention_layernorm`, false),
    ...linearRules(`${mlp}.router`, `${layer}.gate`, false),
    ...ofExperts.flat(),
    ...(['gate', 'up', 'down'] as const).flatMap((name) =>
      linearRules(`${mlp}.shared.mlp.${name}`, `${layer}.shared_expert.${name}_proj`, false),
    ),
    ...linearRules(`${mlp}.shared.gate`, `${layer}.shared_expert_gate`, false),
  ];
}
