import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { NumericError, OptionError } from '../errors.ts';
import type { SampleContext, TokenValues } from '../heads/head.ts';
import { planLength, stepCount, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import type { SequenceModel } from '../sequence-model.ts';
import type { BackboneState } from '../backbone/backbone.ts';
import { turnOfEventLoop } from '../turn-of-event-loop.ts';
import type { DecodedStep, DecodeOptions } from './executor.ts';
import { denoiseStep } from './denoise-step.ts';
import { logProbAdder } from './log-probs.ts';
import { stepInputs } from './step-inputs.ts';
import type { KnownTokens } from './step-inputs.ts';
import { filledTokens, newTokens, writeTokens } from './token-buffer.ts';

/**
 * The decoding loop of all recipes: for each step of the plan build its inputs, extend the backbone, draw its
 * tokens and yield. A model with a `denoiser` draws first, from rows that the backbone does not keep, and then extends it
 * by the rows of what is drawn.
 *
 * @throws {NumericError} if a distribution is not finite, naming the step.
 * @throws the signal's reason once it is aborted, within one step; every tensor is freed.
 */
export async function* decode(
  model: SequenceModel,
  options: DecodeOptions,
): AsyncGenerator<DecodedStep, void, void> {
  assertRows(model, options);
  options.signal?.throwIfAborted();
  yield* options.executor === undefined
    ? decodeByTensors(model, options)
    : options.executor.run(model, options);
}

/** The loop in tfjs operations, which defines what every executor gives. */
async function* decodeByTensors(
  model: SequenceModel,
  options: DecodeOptions,
): AsyncGenerator<DecodedStep, void, void> {
  const { seeds, condition, sampling = {}, guidanceScaleAt, given, signal } = options;
  const steps = stepCount(model.plan);
  const keys = stepKeys(model.plan, seeds);
  const tokens = newTokens(model, seeds.length);
  const state = model.open(condition);
  try {
    if (model.prefix !== undefined) extendPrefix(model, state, condition);
    for (let step = 0; step < steps; step++) {
      await turnOfEventLoop();
      signal?.throwIfAborted();
      const { start, end } = stepRange(model.plan, step);
      const drawn = await drawStep(model, state, {
        tokens,
        options,
        items: seeds.length,
        isGuided: guidanceScaleAt !== undefined,
        guidanceScale: guidanceScaleAt?.(step) ?? 1,
        sampling,
        keyOf: keys(step),
        ...logProbAdder(options, model.plan, step),
        step,
      });
      writeTokens(tokens, model, { drawn, items: seeds.length, start, end, given });
      // Nothing comes behind the last step.
      if (model.denoiser !== undefined && step + 1 < steps) {
        extendStep(model, state, { tokens, step, filled: end, options }).dispose();
      }
      yield {
        step,
        steps,
        tokens: filledTokens(model, tokens, { items: seeds.length, filled: end }),
        filled: end,
        stateBytes: state.bytes,
      };
    }
  } finally {
    state.dispose();
  }
}

/** Keys of the positions of each step, by item and row of the step. */
export function stepKeys(
  plan: Plan,
  seeds: readonly bigint[],
): (step: number) => (item: number, row: number) => Key {
  const items = seeds.map(keyFromSeed);
  return (step) => {
    const { start } = stepRange(plan, step);
    return (item, row) => positionKey(items[item], step, plan.positions[start + row]);
  };
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

function extendPrefix(model: SequenceModel, state: BackboneState, condition: Tensor): void {
  tidy(() => {
    const rows = model.prefix?.(condition);
    if (rows !== undefined) state.extend(rows);
  });
}

function extendStep(model: SequenceModel, state: BackboneState, known: KnownTokens): Tensor3D {
  return tidy(() => state.extend(stepInputs(model, known)));
}

/** What the tokens of one step are drawn from. */
interface DrawnStep extends SampleContext {
  /** Of the steps before. */
  readonly tokens: TokenValues;
  readonly step: number;
  readonly options: DecodeOptions;
}

async function drawStep(
  model: SequenceModel,
  state: BackboneState,
  { tokens, step, options, ...context }: DrawnStep,
): Promise<TokenValues> {
  const { start, end } = stepRange(model.plan, step);
  try {
    if (model.denoiser === undefined) {
      const hidden = extendStep(model, state, { tokens, step, filled: start, options });
      return await sampleStep(model, hidden, context);
    }
    return await denoiseStep(model.denoiser, state, {
      ...context,
      condition: options.condition,
      step,
      positions: end - start,
      channels: model.tokenSize,
    });
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    throw new NumericError(`decode: step ${step}: ${error.message}`, error);
  }
}

/** Takes ownership of the hidden states. */
async function sampleStep(
  model: SequenceModel,
  hidden: Tensor3D,
  context: SampleContext,
): Promise<TokenValues> {
  try {
    return await model.sample(hidden, context);
  } finally {
    hidden.dispose();
  }
}
