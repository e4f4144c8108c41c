/**
 * A probabilistic forecaster of any series, made to be trained once on many: patches of the past in, quantiles of the
 * values that follow out. The form is common to TimesFM (Das et al. 2024) and Chronos-Bolt (Ansari et al. 2024): X is
 * the next patch, longer than those that are read, so that a horizon takes few steps.
 *
 * New here: nothing but the choice. Values that are missing stay missing, patch by patch, as a second half of the input;
 * scaling is robust, so that no spike hides the rest; quantiles are those of the change since the last value of a patch, so that a
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
  quantileHead,
  quantileLosses,
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
  QuantileHead,
  RotaryRows,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import {
  add,
  cast,
  clipByValue,
  concat,
  div,
  equal,
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
  stack,
  sum,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { channelRows } from '../tokenizers/channel-rows.ts';
import { robustScaling } from '../tokenizers/robust-scaling.ts';
import { segmentsOf } from '../tokenizers/segments.ts';
import { backboneNetwork } from './backbone-network.ts';
import type { ForecastRecipe, Forecaster, Windows } from './forecast-recipe.ts';
import { segmentForecaster } from './segment-forecaster.ts';
import type { SegmentNetwork } from './segment-network.ts';

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
  head: LinearParams;
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
  return {
    ...forecaster,
    readsMissing: true,
    predict: (windows) => tidy(() => forecaster.predict(inPatches(windows, patch))),
    quantiles: (windows) => tidy(() => quantiles(inPatches(windows, patch))),
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

/** The network between scaled patches, NaN where a value is missing, and quantiles. */
export function patchNetwork(
  options: ParsedOptions,
  params: PatchForecasterParams,
): SegmentNetwork {
  const { patch, horizon, width, heads, maxTokens, levels, dropoutRate } = options;
  const rotary = rotaryOf(options);
  const head = headOf(options);
  return backboneNetwork({
    segment: patch,
    horizon,
    levels,
    maxTokens,
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
    decode: (hidden, patches) => {
      const [rows, tokens] = hidden.shape;
      const changes = head.quantiles(params.head, hidden);
      return add(
        reshape(changes, [rows, tokens, horizon * levels.length]),
        lastKnown(patches),
      ) as Tensor3D;
    },
  });
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
 * Pinball loss of the tokens of the later half of the window, in scaled units, over the values that are there. Earlier tokens know
 * the level and the scale of values yet to come and would teach to rely on them. With a key, a batch in two begins later than its
 * windows do, so that short pasts are known too.
 */
function patchLoss(
  options: ParsedOptions,
  params: PatchForecasterParams,
  { windows, key }: { readonly windows: Windows; readonly key?: Key },
): Scalar {
  const { patch, lookBack, horizon, levels } = options;
  const whole = channelRows(windows.values);
  const begin = key === undefined ? 0 : patch * patchesLeftOut(lookBack / patch, foldIn(key, 0));
  const rows = slice(whole, [0, begin], [-1, lookBack + horizon - begin]);
  const past = slice(rows, [0, 0], [-1, lookBack - begin]);
  const scaled = robustScaling.normalize(rows, robustScaling.statistics(past));
  const patches = segmentsOf(slice(scaled, [0, 0], [-1, lookBack - begin]), patch);
  const outputs = patchNetwork(options, params).forward(patches, {
    ...(key && { key: foldIn(key, 1) }),
  });
  const [count, tokens] = outputs.shape;
  const first = Math.floor(tokens / 2);
  const targets = stack(
    Array.from({ length: tokens - first }, (_, index) =>
      slice(scaled, [0, (first + index + 1) * patch], [-1, horizon]),
    ),
    1,
  ) as Tensor3D;
  const later = slice(outputs, [0, first, 0], [-1, -1, -1]);
  const quantiles = reshape(later, [count, tokens - first, horizon, levels.length]) as Tensor4D;
  const missing = isMissing(targets);
  const known = clipByValue(where(missing, zerosLike(targets), targets), -farthest, farthest);
  const losses = mul(
    quantileLosses(quantiles, known, levels),
    cast(logicalNot(missing), 'float32'),
  );
  const values = maximum(sum(cast(logicalNot(missing), 'float32')), 1);
  return div(sum(losses), values);
}

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

function headOf({ width, horizon, levels }: ParsedOptions): QuantileHead {
  return quantileHead({ width, channels: horizon, levels });
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
  return fanInUniform(
    {
      input: { up: map(2 * patch, hidden), down: map(hidden, width), skip: map(2 * patch, width) },
      backbone: transformer(partsOf(options)).init(initializer),
      head: headOf(options).init(initializer),
    },
    initializer,
  );
}
