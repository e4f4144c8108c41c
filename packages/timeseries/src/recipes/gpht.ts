/**
 * GPHT (Liu et al. 2024, Generative Pretrained Hierarchical Transformer for Time Series Forecasting).
 *
 * New in it: X is the next segment of one variate at several rates, coarse to fine. A chain of causal transformers reads the
 * window pooled at its own rate, and each forecasts what the ones before left over. One model, pretrained on a mixture of
 * sets, serves all horizons by rolling.
 * Different here: no dropout on attention weights and inside the feed-forward half, only behind both.
 */
import {
  OptionError,
  dropout,
  foldIn,
  initLinear,
  linear,
  linearRules,
  parseOptions,
  transformer,
} from '@nextx/core';
import type {
  BackboneState,
  ImportRule,
  Initializer,
  Key,
  LinearParams,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import { add, concat, keep, slice, sub, tidy, zeros, zerosLike } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { causalMask } from '../tokenizers/causal-mask.ts';
import { pooledSegments } from '../tokenizers/pooled-segments.ts';
import { sinusoidalPositions } from '../tokenizers/sinusoidal-positions.ts';
import type { ForecastRecipe } from './forecast-recipe.ts';
import { postNormEncoder, postNormEncoderRules } from './post-norm-encoder.ts';
import { segmentForecaster } from './segment-forecaster.ts';
import type { SegmentMemory, SegmentNetwork } from './segment-network.ts';

/** Sizes of the network; defaults are the published ones. */
export interface GphtOptions {
  /** Values of a segment. @defaultValue 48 */
  readonly segment?: number;
  /** Past values of an evaluation, whole segments. @defaultValue 336 */
  readonly lookBack?: number;
  /** Rate of each stage, a divisor of the segment. @defaultValue `[8, 4, 2, 1]` */
  readonly rates?: readonly number[];
  /** Encoder blocks of a stage. @defaultValue 3 */
  readonly depth?: number;
  /** @defaultValue 512 */
  readonly width?: number;
  /** @defaultValue 8 */
  readonly heads?: number;
  /** Hidden features of the feed-forward half. @defaultValue 2048 */
  readonly hidden?: number;
  /** Dropout of the embedded segments and behind attention and mlp. @defaultValue 0.1 */
  readonly dropoutRate?: number;
  /** Segments that it can remember. @defaultValue those of the look-back */
  readonly maxTokens?: number;
  /** What training changes; fine-tuning changes the forecast heads alone. @defaultValue 'all' */
  readonly trains?: 'all' | 'heads';
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  segment: z._default(positive, 48),
  lookBack: z._default(positive, 336),
  rates: z._default(z.array(positive).check(z.minLength(1)), [8, 4, 2, 1]),
  depth: z._default(positive, 3),
  width: z._default(positive, 512),
  heads: z._default(positive, 8),
  hidden: z._default(positive, 2048),
  dropoutRate: z._default(z.number().check(z.minimum(0), z.lt(1)), 0.1),
  maxTokens: z.exactOptional(positive),
  trains: z._default(z.enum(['all', 'heads']), 'all'),
}) satisfies z.ZodMiniType<GphtOptions>;

type ParsedOptions = Required<GphtOptions>;

/** Weights of one stage. */
export type GphtStageParams = {
  /** `[S / rate, C]`, no bias. */
  embedding: LinearParams;
  backbone: TransformerParams;
  head: LinearParams;
};

/** Weights of the network, coarse stage first. */
export type GphtParams = {
  stages: GphtStageParams[];
};

/** GPHT. */
export const gphtRecipe: ForecastRecipe<ParsedOptions, GphtParams> = {
  name: 'gpht',
  parse: parseGphtOptions,
  init: initGpht,
  bind: (options, params) =>
    segmentForecaster(gphtNetwork(options, params), { lookBack: options.lookBack, params }),
  trains: ({ trains }, path) => trains === 'all' || path.includes('.head.'),
  importRules: (_, params) => gphtRules(params),
};

/** Complete options. @throws {OptionError} CONFIG naming the value. */
export function parseGphtOptions(options: unknown): ParsedOptions {
  const parsed = parseOptions('gpht', schema, options, 'CONFIG');
  const { segment, lookBack, rates } = parsed;
  const maxTokens = parsed.maxTokens ?? lookBack / segment;
  const bad = rates.find((rate) => segment % rate !== 0);
  if (bad !== undefined || lookBack % segment !== 0 || maxTokens < lookBack / segment) {
    throw new OptionError(
      `gpht: lookBack must be whole segments of ${segment} values, at most maxTokens of them, and every rate divide a segment, got lookBack ${lookBack}, maxTokens ${maxTokens} and rates [${rates.join(', ')}]. Change one of them.`,
      'CONFIG',
    );
  }
  return { ...parsed, maxTokens };
}

/** The chain between normalized segments: from each token, the next segment. */
export function gphtNetwork(options: ParsedOptions, { stages }: GphtParams): SegmentNetwork {
  const { segment, maxTokens } = options;
  const encoder = transformer(gphtParts(options));
  return {
    segment,
    horizon: segment,
    maxTokens,
    forward: (segments, { key } = {}) =>
      tidy(() => {
        const mask = causalMask(segments.shape[1]);
        return chain(segments, stages, (stage, residual, index) => {
          const stageKey = key && foldIn(key, index);
          const x = stageTokens(options, stage, { residual, index, first: 0, key: stageKey });
          const rows = { x, ...(mask && { mask }) };
          const hidden = encoder.forward(stage.backbone, rows, stageKey && foldIn(stageKey, 1));
          return { output: linear(stage.head, hidden), before: undefined };
        });
      }),
    open: ({ rows, capacity }) => {
      const states = stages.map(({ backbone }) =>
        encoder.open(backbone, { batch: rows, capacity }),
      );
      return new GphtMemory(options, stages, {
        states,
        last: stages.map(() => keep(zeros([rows, 1, segment]) as Tensor3D)),
      });
    },
  };
}

/** The encoder of every stage. */
export function gphtParts({ depth, ...sizes }: ParsedOptions): TransformerParts {
  return postNormEncoder({ blocks: depth, ...sizes });
}

/**
 * Embeds what the coarser stages left over, pooled at the rate of this stage, and adds positions.
 *
 * @returns `[R, n, C]`; owned by the caller.
 */
export function stageTokens(
  { rates, width, dropoutRate }: ParsedOptions,
  { embedding }: Pick<GphtStageParams, 'embedding'>,
  {
    residual,
    index,
    first,
    key,
  }: {
    readonly residual: Tensor3D;
    readonly index: number;
    readonly first: number;
    readonly key?: Key | undefined;
  },
): Tensor3D {
  return tidy(() => {
    const patches = pooledSegments(residual, rates[index]);
    const places = sinusoidalPositions([first, first + residual.shape[1]], width);
    const tokens: Tensor3D = add(linear(embedding, patches), places);
    return key === undefined ? tokens : dropout(tokens, dropoutRate, foldIn(key, 0));
  });
}

/** What a stage makes of its residual, and its output at the token before the first, if there is one. */
interface StageResult {
  readonly output: Tensor3D;
  readonly before: Tensor3D | undefined;
}

/**
 * Sum of what the stages give, each of what is left: the output at token i is about segment i + 1, so it is subtracted one
 * segment later (section 3.3).
 */
function chain(
  segments: Tensor3D,
  stages: readonly GphtStageParams[],
  run: (stage: GphtStageParams, residual: Tensor3D, index: number) => StageResult,
): Tensor3D {
  let residual = segments;
  let total: Tensor3D = zerosLike(segments);
  stages.forEach((stage, index) => {
    const { output, before } = run(stage, residual, index);
    total = add(total, output);
    residual = sub(residual, laterBySegment(output, before));
  });
  return total;
}

/**
 * Outputs moved one segment on.
 *
 * @param before  Takes the first place, zeros if absent.
 * @returns Same shape; owned by the caller.
 */
export function laterBySegment(output: Tensor3D, before?: Tensor3D): Tensor3D {
  const [rows, count, segment] = output.shape;
  return tidy(() => {
    const first = before ?? zeros([rows, 1, segment]);
    return concat([first as Tensor3D, slice(output, [0, 0, 0], [-1, count - 1, -1])], 1);
  });
}

/** Caches of all stages, and the outputs at the last token, `[R, 1, S]` each. */
interface GphtContent {
  readonly states: readonly BackboneState[];
  readonly last: Tensor3D[];
}

class GphtMemory implements SegmentMemory {
  readonly #options: ParsedOptions;
  readonly #stages: readonly GphtStageParams[];
  readonly #content: GphtContent;

  /** Owns the content. */
  constructor(options: ParsedOptions, stages: readonly GphtStageParams[], content: GphtContent) {
    this.#options = options;
    this.#stages = stages;
    this.#content = content;
  }

  get length(): number {
    return this.#content.states[0].length;
  }

  get bytes(): number {
    return this.#content.states.reduce((total, { bytes }) => total + bytes, 0);
  }

  extend(segments: Tensor3D): Tensor3D {
    const { states, last } = this.#content;
    const first = this.length;
    const count = segments.shape[1];
    return tidy(() => {
      const mask = causalMask(count, first);
      return chain(segments, this.#stages, (stage, residual, index) => {
        const x = stageTokens(this.#options, stage, { residual, index, first });
        const hidden = states[index].extend({ x, ...(mask && { mask }) });
        const output = linear(stage.head, hidden);
        const before = last[index];
        last[index] = keep(slice(output, [0, count - 1, 0], [-1, 1, -1]));
        const result = { output, before: before.clone() };
        before.dispose();
        return result;
      });
    });
  }

  fork(): SegmentMemory {
    const { states, last } = this.#content;
    return new GphtMemory(this.#options, this.#stages, {
      states: states.map((state) => state.fork()),
      last: last.map((output) => keep(output.clone())),
    });
  }

  dispose(): void {
    const { states, last } = this.#content;
    for (const state of states) state.dispose();
    for (const output of last) output.dispose();
  }
}

function initGpht(options: ParsedOptions, initializer: Initializer): GphtParams {
  const { rates, segment, width } = options;
  const encoder = transformer(gphtParts(options));
  const stages = rates.map((rate) => ({
    embedding: initLinear(
      { inFeatures: segment / rate, outFeatures: width, hasBias: false },
      initializer,
    ),
    backbone: encoder.init(initializer),
    head: initLinear({ inFeatures: width, outFeatures: segment }, initializer),
  }));
  return fanInUniform({ stages }, initializer);
}

/** Official names. */
function gphtRules({ stages }: GphtParams): ImportRule[] {
  return stages.flatMap(({ backbone }, index) => {
    const [own, official] = [`stages.${index}`, `encoders.${index}`];
    return [
      ...linearRules(`${own}.embedding`, `${official}.patch_embedding.value_embedding`, false),
      ...postNormEncoderRules(`${own}.backbone`, `${official}.encoder`, backbone),
      ...linearRules(`${own}.head`, `${official}.forecast_head`),
    ];
  });
}
