import type { DecodedStep, DecodeOptions } from '../../decode/executor.ts';
import { filledTokens } from '../../decode/token-buffer.ts';
import { NumericError } from '../../errors.ts';
import type { TokenValues } from '../../heads/head.ts';
import { planLength, stepCount, stepRange } from '../../plan/plan.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { Slice } from './generation.ts';
import { brokenId } from './sample.wgsl.ts';

/** A slice whose tokens are there, `[positions, items, size]`. */
export interface FinishedSlice extends Slice {
  readonly drawn: TokenValues;
}

/**
 * The steps of one slice, whose tokens go into those of all items.
 *
 * @throws {NumericError} naming the step whose logits or latents were not finite.
 */
export function* finishedSteps(
  model: SequenceModel,
  { seeds, signal }: DecodeOptions,
  {
    slice,
    tokens,
    cacheBytes,
  }: {
    readonly slice: FinishedSlice;
    readonly tokens: TokenValues;
    readonly cacheBytes: number;
  },
): Generator<DecodedStep, void, void> {
  const { plan } = model;
  const items = seeds.length;
  const length = planLength(plan);
  const size = model.tokenSize;
  const first = stepRange(plan, slice.from).start;
  for (let step = slice.from; step < slice.to; step++) {
    signal?.throwIfAborted();
    const { start, end } = stepRange(plan, step);
    for (let position = start; position < end; position++) {
      for (let item = 0; item < items; item++) {
        const at = size * ((position - first) * items + item);
        const values = slice.drawn.subarray(at, at + size);
        assertToken(step, values);
        tokens.set(values, size * (item * length + position));
      }
    }
    yield {
      step,
      steps: stepCount(plan),
      tokens: filledTokens(model, tokens, { items, filled: end }),
      filled: end,
      stateBytes: cacheBytes,
    };
  }
}

/** @throws {NumericError} if an id comes from broken logits, or a value of a latent is not finite. */
function assertToken(step: number, values: TokenValues): void {
  const isLatent = values instanceof Float32Array;
  if (isLatent ? values.every(Number.isFinite) : values[0] !== brokenId) return;
  throw new NumericError(
    `decode: step ${step}: ${isLatent ? 'latents' : 'logits'} must be finite, one is NaN or infinite. Check the weights for NaN, or use f32 weights.`,
  );
}
