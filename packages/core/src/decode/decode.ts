import { tensor, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { NumericError, OptionError } from '../errors.ts';
import type { TokenValues } from '../heads/head.ts';
import { planLength, stepCount, stepRange } from '../plan/plan.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import type { SequenceModel } from '../sequence-model.ts';
import type { BackboneState } from '../backbone/backbone.ts';
import type { SamplingOptions } from '../sampling/filters.ts';

/** What to decode, and how. */
export interface DecodeOptions {
  /** Seed of each item; an item's tokens depend on its own seed alone. */
  readonly seeds: readonly bigint[];
  /** One row an item; when guided, followed by one row an item without its condition. Borrowed. */
  readonly condition: Tensor;
  /** `s` in `u + s (c - u)` at each step; absent: unguided. */
  readonly guidanceScaleAt?: (step: number) => number;
  /** Filters and temperature. @defaultValue none: the model's own distribution */
  readonly sampling?: SamplingOptions;
  /** Ids that are given, -1 where free, `[items · N]` in generation order: in- and out-painting. */
  readonly given?: Int32Array;
  readonly signal?: AbortSignal;
}

/** One step done. */
export interface DecodedStep {
  /** Counted from 0. */
  readonly step: number;
  readonly steps: number;
  /** Tokens of all steps so far, `[items, filled, tokenSize]`, row-major. */
  readonly tokens: TokenValues;
  /** Positions filled so far. */
  readonly filled: number;
  /** Bytes of the backbone's memory. */
  readonly stateBytes: number;
}

/**
 * The decoding loop of all recipes: for each step of the plan build its inputs, extend the backbone, draw its
 * tokens and yield.
 *
 * @throws {NumericError} if a distribution is not finite, naming the step.
 * @throws the signal's reason once it is aborted, within one step; every tensor is freed.
 */
export async function* decode(
  model: SequenceModel,
  options: DecodeOptions,
): AsyncGenerator<DecodedStep, void, void> {
  const { seeds, condition, sampling = {}, guidanceScaleAt, given, signal } = options;
  assertRows(model, options);
  signal?.throwIfAborted();
  const steps = stepCount(model.plan);
  const itemKeys = seeds.map(keyFromSeed);
  const tokens = newTokens(model, seeds.length * planLength(model.plan) * model.tokenSize);
  const state = model.open(condition);
  try {
    if (model.prefix !== undefined) extendPrefix(model, state, condition);
    for (let step = 0; step < steps; step++) {
      await turnOfEventLoop();
      signal?.throwIfAborted();
      const { start, end } = stepRange(model.plan, step);
      const hidden = extendStep(model, state, { tokens, step, options });
      const drawn = await drawStep(model, hidden, {
        items: seeds.length,
        isGuided: guidanceScaleAt !== undefined,
        guidanceScale: guidanceScaleAt?.(step) ?? 1,
        sampling,
        keyOf: (item, row) => positionKey(itemKeys[item], step, model.plan.positions[start + row]),
        step,
      });
      write(tokens, drawn, { model, items: seeds.length, start, end, given });
      yield {
        step,
        steps,
        tokens: filledTokens(model, tokens, seeds.length, end),
        filled: end,
        stateBytes: state.bytes,
      };
    }
  } finally {
    state.dispose();
  }
}

/** Key of a position: the item's, folded with step and position (specified for all executors alike). */
export function positionKey(item: Key, step: number, position: number): Key {
  return foldIn(foldIn(item, step), position);
}

function assertRows(
  model: SequenceModel,
  { seeds, condition, guidanceScaleAt, given }: DecodeOptions,
): void {
  const rows = seeds.length * (guidanceScaleAt === undefined ? 1 : 2);
  if (seeds.length === 0 || condition.shape[0] !== rows) {
    throw new OptionError(
      `decode: condition must have ${Math.max(rows, 1)} rows for ${seeds.length} seeds, got ${condition.shape[0]}. Give one row an item, and one more each when guided.`,
    );
  }
  const size = seeds.length * planLength(model.plan);
  if (given === undefined) return;
  const limit = model.vocabularySize ?? 0;
  const bad = given.find((id) => id < -1 || id >= limit);
  if (given.length !== size || bad !== undefined) {
    throw new OptionError(
      `decode: given must hold ${size} ids from -1 (free) to ${limit - 1}, got ${given.length} ids${bad === undefined ? '' : ` with ${bad} among them`}. Encode the sample with the model's own tokenizer.`,
    );
  }
}

function newTokens({ tokenType }: SequenceModel, size: number): TokenValues {
  return tokenType === 'int32' ? new Int32Array(size) : new Float32Array(size);
}

function extendPrefix(model: SequenceModel, state: BackboneState, condition: Tensor): void {
  tidy(() => {
    const rows = model.prefix?.(condition);
    if (rows !== undefined) state.extend(rows);
  });
}

function extendStep(
  model: SequenceModel,
  state: BackboneState,
  {
    tokens,
    step,
    options,
  }: { readonly tokens: TokenValues; readonly step: number; readonly options: DecodeOptions },
): Tensor3D {
  const items = options.seeds.length;
  const { start } = stepRange(model.plan, step);
  return tidy(() => {
    const known = tokensTensor(model, filledTokens(model, tokens, items, start), items);
    const both =
      options.guidanceScaleAt === undefined
        ? known
        : tile(known, [2, ...known.shape.slice(1).map(() => 1)]);
    return state.extend(model.inputs(both, options.condition, { from: step, to: step + 1 }));
  });
}

/** Tokens as a tensor: `[items, n]` ids or `[items, n, channels]` latents. */
export function tokensTensor(
  { tokenSize, tokenType }: Pick<SequenceModel, 'tokenSize' | 'tokenType'>,
  values: TokenValues,
  items: number,
): Tensor {
  const count = values.length / items / tokenSize;
  const shape = tokenType === 'int32' ? [items, count] : [items, count, tokenSize];
  return tensor(values, shape, tokenType);
}

async function drawStep(
  model: SequenceModel,
  hidden: Tensor3D,
  { step, ...context }: Parameters<SequenceModel['sample']>[1] & { readonly step: number },
): Promise<TokenValues> {
  try {
    return await model.sample(hidden, context);
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    throw new NumericError(`decode: step ${step}: ${error.message}`, error);
  } finally {
    hidden.dispose();
  }
}

function write(
  tokens: TokenValues,
  drawn: TokenValues,
  {
    model,
    items,
    start,
    end,
    given,
  }: {
    readonly model: SequenceModel;
    readonly items: number;
    readonly start: number;
    readonly end: number;
    readonly given: Int32Array | undefined;
  },
): void {
  const length = planLength(model.plan);
  const stride = (end - start) * model.tokenSize;
  for (let item = 0; item < items; item++) {
    const at = (item * length + start) * model.tokenSize;
    tokens.set(drawn.subarray(item * stride, (item + 1) * stride), at);
    for (let position = start; given !== undefined && position < end; position++) {
      const id = given[item * length + position];
      if (id >= 0) tokens[item * length + position] = id;
    }
  }
}

/** The first `filled` positions of every item, copied. */
function filledTokens(
  { plan, tokenSize, tokenType }: SequenceModel,
  tokens: TokenValues,
  items: number,
  filled: number,
): TokenValues {
  const length = planLength(plan) * tokenSize;
  const size = filled * tokenSize;
  const copy =
    tokenType === 'int32' ? new Int32Array(items * size) : new Float32Array(items * size);
  for (let item = 0; item < items; item++) {
    copy.set(tokens.subarray(item * length, item * length + size), item * size);
  }
  return copy;
}

/** Lets timers, signals and the page have their turn; in Node without the millisecond that a timer costs. */
function turnOfEventLoop(): Promise<void> {
  const { setImmediate: immediately } = globalThis as {
    setImmediate?: (callback: () => void) => void;
  };
  return new Promise((resolve) => {
    if (immediately === undefined) setTimeout(resolve, 0);
    else immediately(resolve);
  });
}
