/**
 * A probabilistic forecaster of any series, made to be trained once on many: patches of the past in, a distribution of the
 * values that follow out. The form is common to TimesFM (Das et al. 2024) and Chronos-Bolt (Ansari et al. 2024): X is
 * the next patch, longer than those that are read, so that a horizon takes few steps.
 *
 * New here: nothing but the choice. Values that are missing stay missing, patch by patch, as a second half of the input;
 * scaling is robust, so that no spike hides the rest; what is forecast is the change since the last value of a patch, so that a
 * network that has learned nothing of a series repeats it; and the network is a plain causal transformer with rotary positions, so
 * that it goes on from what it remembers.
 */
import {
  OptionError,
  assertShape,
  dropout,
  foldIn,
  gatedMlp,
  initLinear,
  linear,
  parseOptions,
  rmsNorm,
  rotaryRange,
  rotaryTable,
  selfAttention,
  silu,
  transformer,
  uniforms,
} from '@nextx/core';
import type {
  Initializer,
  Key,
  LinearParams,
  RotaryRows,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import {
  add,
  all,
  cast,
  clipByValue,
  concat,
  div,
  equal,
  expandDims,
  isNaN as isMissing,
  logicalAnd,
  logicalNot,
  max,
  maximum,
  mul,
  pad,
  range,
  reshape,
  slice,
  split,
  stack,
  sub,
  sum,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { channelRows } from '../tokenizers/channel-rows.ts';
import { robustScaling } from '../tokenizers/robust-scaling.ts';
import { segmentsOf } from '../tokenizers/segments.ts';
import { backboneNetwork } from './backbone-network.ts';
import type { ForecastRecipe, Forecaster, Windows } from './forecast-recipe.ts';
import { patchHeads } from './patch-head.ts';
import type { PatchHead, PatchHeadParams } from './patch-head.ts';
import { segmentForecaster } from './segment-forecaster.ts';
import type { SegmentNetwork, TokenReading } from './segment-network.ts';

/** Sizes of the network. */
export interface PatchForecasterOptions {
  /** Values of a patch that is read. @defaultValue 24 */
  readonly patch?: number;
  /** Values that each token gives, whole patches. @defaultValue 48 */
  readonly horizon?: number;
  /** Most past values of an evaluation, whole patches. @defaultValue 504 */
  readonly lookBack?: number;
  /** Transformer blocks. @defaultValue 4 */
  readonly depth?: number;
  /** @defaultValue 128 */
  readonly width?: number;
  /** @defaultValue 4 */
  readonly heads?: number;
  /** Hidden units of the gated feed-forward half. @defaultValue 3 · width */
  readonly hidden?: number;
  /**
   * What a forecast is: quantiles of each value; a normal distribution of each, in scaled units; or draws of all values of a token
   * together by a flow, whose paths are rolled each on its own values.
   * @defaultValue 'quantile'
   */
  readonly head?: 'quantile' | 'gaussian' | 'flow';
  /** Probabilities of the quantiles, ascending, 0.5 among them. @defaultValue 0.025, 0.05, 0.1, 0.2, … 0.9, 0.95, 0.975 */
  readonly levels?: readonly number[];
  /** Patches that it can remember. @defaultValue twice the look-back */
  readonly maxTokens?: number;
  /** @defaultValue 0 */
  readonly dropoutRate?: number;
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  patch: z._default(positive, 24),
  horizon: z._default(positive, 48),
  lookBack: z._default(positive, 504),
  depth: z._default(positive, 4),
  width: z._default(positive, 128),
  heads: z._default(positive, 4),
  hidden: z.exactOptional(positive),
  head: z._default(z.enum(['quantile', 'gaussian', 'flow']), 'quantile'),
  levels: z._default(
    z.array(z.number().check(z.gt(0), z.lt(1))),
    [0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975],
  ),
  maxTokens: z.exactOptional(positive),
  dropoutRate: z._default(z.number().check(z.minimum(0), z.lt(1)), 0),
}) satisfies z.ZodMiniType<PatchForecasterOptions>;

type ParsedOptions = Required<PatchForecasterOptions>;

/** Weights of the network. */
export type PatchForecasterParams = {
  /** From a patch and what is missing of it: `skip + down(silu(up))`. */
  input: { up: LinearParams; down: LinearParams; skip: LinearParams };
  backbone: TransformerParams;
  head: PatchHeadParams;
};

/** The forecaster of the shipped model. Values may be NaN; windows shorter than the look-back are taken as they are. */
export const patchForecasterRecipe: ForecastRecipe<ParsedOptions, PatchForecasterParams> = {
  name: 'patch-forecaster',
  parse: parsePatchForecasterOptions,
  init: initPatchForecaster,
  bind: bindPatchForecaster,
};

/** Complete options. @throws {OptionError} CONFIG naming the value. */
export function parsePatchForecasterOptions(options: unknown): ParsedOptions {
  const parsed = parseOptions('patch-forecaster', schema, options, 'CONFIG');
  const { patch, horizon, lookBack, width, levels } = parsed;
  const maxTokens = parsed.maxTokens ?? (2 * lookBack) / patch;
  if (horizon % patch !== 0 || lookBack % patch !== 0 || maxTokens < lookBack / patch) {
    throw new OptionError(
      `patch-forecaster: horizon and lookBack must be whole patches of ${patch} values, and maxTokens at least those of the look-back, got ${horizon}, ${lookBack} and ${maxTokens}. Change one of them.`,
      'CONFIG',
    );
  }
  if (!levels.includes(0.5)) {
    throw new OptionError(
      `patch-forecaster: levels must have 0.5 among them, got [${levels.join(', ')}]. Add it.`,
      'CONFIG',
    );
  }
  return { ...parsed, maxTokens, hidden: parsed.hidden ?? 3 * width };
}

function bindPatchForecaster(options: ParsedOptions, params: PatchForecasterParams): Forecaster {
  const { lookBack, patch, horizon } = options;
  const network = patchNetwork(options, params);
  const forecaster = segmentForecaster(network, { lookBack, params, scaling: robustScaling });
  // A network with levels has both.
  const { quantiles, open } = forecaster as Required<Forecaster>;
  const { paths } = forecaster;
  return {
    ...forecaster,
    readsMissing: true,
    predict: (windows) => tidy(() => forecaster.predict(inPatches(windows, patch))),
    quantiles: (windows) => tidy(() => quantiles(inPatches(windows, patch))),
    ...(paths && {
      paths: (windows, noise) => tidy(() => paths(inPatches(windows, patch), noise)),
    }),
    open: (windows) => {
      const padded = inPatches(windows, patch);
      try {
        return open(padded);
      } finally {
        if (padded.values !== windows.values) padded.values.dispose();
      }
    },
    loss: (windows, key) => {
      assertShape('patch-forecaster: values', windows.values, [null, lookBack + horizon, null]);
      return tidy(() => patchLoss(options, params, { windows, ...(key && { key }) }));
    },
  };
}

/** The network between scaled patches, NaN where a value is missing, and a head, which reads a hidden state and the last value. */
export function patchNetwork(
  options: ParsedOptions,
  params: PatchForecasterParams,
): SegmentNetwork {
  const { patch, horizon, width, heads, maxTokens, levels, dropoutRate } = options;
  const rotary = rotaryOf(options);
  return backboneNetwork({
    segment: patch,
    horizon,
    levels,
    maxTokens,
    reading: patchReading(options, params),
    backbone: transformer(partsOf(options)),
    params: params.backbone,
    embed: (patches, first, { key }) => {
      const x = embedPatches(params.input, patches);
      const [from, to] = [first, first + patches.shape[1]];
      return {
        x: key === undefined ? x : dropout(x, dropoutRate, key),
        rotary: rotaryRange(rotary, width / heads / 2, [from, to]),
      };
    },
    decode: (hidden, patches) => concat([hidden, lastKnown(patches)], 2),
  });
}

/** Of outputs that are hidden states with the last value behind them. */
function patchReading(
  options: ParsedOptions,
  { head: params }: PatchForecasterParams,
): TokenReading {
  const head = headOf(options);
  const { draw } = head;
  return {
    forecast: (outputs) =>
      tidy(() => {
        const { hidden, last } = splitOutputs(expandDims(outputs, 1));
        const quantiles = add(head.quantiles(params, hidden), last);
        return reshape(quantiles, [outputs.shape[0], -1]);
      }),
    ...(draw && {
      draw: (outputs: Tensor2D, noise: Tensor3D) =>
        tidy((): Tensor3D => {
          const { hidden, last } = splitOutputs(expandDims(outputs, 1));
          return add(draw(params, hidden, noise), last);
        }),
    }),
  };
}

/** `[R, n, C + 1]` to the hidden states and the last value of each patch. */
function splitOutputs(outputs: Tensor3D): { readonly hidden: Tensor3D; readonly last: Tensor3D } {
  const [hidden, last] = split<Tensor3D>(outputs, [outputs.shape[2] - 1, 1], 2);
  return { hidden, last };
}

/** `[R, N, P]` patches, NaN where a value is missing, to `[R, N, C]`; owned by the caller. */
function embedPatches(
  { up, down, skip }: PatchForecasterParams['input'],
  patches: Tensor3D,
): Tensor3D {
  return tidy(() => {
    const missing = isMissing(patches);
    const known: Tensor3D = where(missing, zerosLike(patches), patches);
    const both: Tensor3D = concat([known, cast(missing, 'float32')], 2);
    return add(linear(skip, both), linear(down, silu(linear(up, both))));
  });
}

/** `[R, N, P]` patches to the last value of each that is not missing, `[R, N, 1]`: 0, the level of the row, where all are. */
function lastKnown(patches: Tensor3D): Tensor3D {
  return tidy(() => {
    const isThere = logicalNot(isMissing(patches));
    const length = patches.shape[2];
    const places = mul(cast(isThere, 'float32'), range(1, length + 1));
    const isLast = logicalAnd(isThere, equal(places, max(places, 2, true)));
    return sum(where(isLast, patches, zerosLike(patches)), 2, true);
  });
}

/**
 * The head's loss of the tokens of the later half of the window, in scaled units, over the values that are there, or over the tokens
 * that have all of theirs. Earlier tokens know the level and the scale of values yet to come and would teach to rely on them. With a
 * key, a batch in two begins later than its windows do, so that short pasts are known too.
 */
function patchLoss(
  options: ParsedOptions,
  params: PatchForecasterParams,
  { windows, key }: { readonly windows: Windows; readonly key?: Key },
): Scalar {
  const { patch, lookBack, horizon } = options;
  const whole = channelRows(windows.values);
  const begin = key === undefined ? 0 : patch * patchesLeftOut(lookBack / patch, foldIn(key, 0));
  const rows = slice(whole, [0, begin], [-1, lookBack + horizon - begin]);
  const past = slice(rows, [0, 0], [-1, lookBack - begin]);
  const scaled = robustScaling.normalize(rows, robustScaling.statistics(past));
  const patches = segmentsOf(slice(scaled, [0, 0], [-1, lookBack - begin]), patch);
  const outputs = patchNetwork(options, params).forward(patches, {
    ...(key && { key: foldIn(key, 1) }),
  });
  const tokens = outputs.shape[1];
  const first = Math.floor(tokens / 2);
  const targets = stack(
    Array.from({ length: tokens - first }, (_, index) =>
      slice(scaled, [0, (first + index + 1) * patch], [-1, horizon]),
    ),
    1,
  ) as Tensor3D;
  const { hidden, last } = splitOutputs(slice(outputs, [0, first, 0], [-1, -1, -1]));
  const missing = isMissing(targets);
  const known = clipByValue(where(missing, zerosLike(targets), targets), -farthest, farthest);
  const noise = key === undefined ? validationNoise : foldIn(key, 2);
  const losses = headOf(options).losses(params.head, hidden, sub(known, last), noise);
  const [count, later, judged] = losses.shape;
  const isThere = reshape(logicalNot(missing), [count, later, judged, horizon / judged]);
  const counted = cast(all(isThere, 3), 'float32');
  return div(sum(mul(losses, counted)), maximum(sum(counted), 1));
}

/** Draws the noise of a loss outside of training, the same each time. */
const validationNoise: Key = [0, 0];

/** What a target counts as at most, in scaled units: 74 deviations, as a past that was nearly constant makes them. */
const farthest = 5;

/** None, or any number that leaves one. */
function patchesLeftOut(patches: number, key: Key): number {
  const [isShort, share] = uniforms(key, 2);
  return isShort < 0.5 ? 0 : Math.floor(share * patches);
}

/** Whole patches, the first one filled up with missing values in front. */
function inPatches({ values }: Windows, patch: number): Windows {
  const [, length] = values.shape;
  const lacking = Math.ceil(length / patch) * patch - length;
  if (lacking === 0) return { values };
  return {
    values: pad(
      values,
      [
        [0, 0],
        [lacking, 0],
        [0, 0],
      ],
      NaN,
    ),
  };
}

function rotaryOf({ width, heads, maxTokens }: ParsedOptions): RotaryRows {
  const coordinates = Array.from({ length: maxTokens }, (_, token) => token);
  return rotaryTable({ coordinates, rank: 1, headSize: width / heads });
}

function headOf({ head, width, horizon, levels }: ParsedOptions): PatchHead<PatchHeadParams> {
  return patchHeads[head]({ width, horizon, levels });
}

function partsOf({ depth, width, heads, hidden, dropoutRate }: ParsedOptions): TransformerParts {
  return {
    blocks: depth,
    width,
    norm: rmsNorm({ epsilon: 1e-5 }),
    attention: selfAttention({ width, heads }),
    mlp: gatedMlp({ width, hidden }),
    dropoutRate,
  };
}

function initPatchForecaster(
  options: ParsedOptions,
  initializer: Initializer,
): PatchForecasterParams {
  const { patch, width, hidden } = options;
  const map = (inFeatures: number, outFeatures: number) =>
    initLinear({ inFeatures, outFeatures }, initializer);
  const head = headOf(options);
  const maps = {
    input: { up: map(2 * patch, hidden), down: map(hidden, width), skip: map(2 * patch, width) },
    backbone: transformer(partsOf(options)).init(initializer),
  };
  const weights = head.init(initializer);
  return head.isMap
    ? fanInUniform({ ...maps, head: weights }, initializer)
    : { ...fanInUniform(maps, initializer), head: weights };
}
