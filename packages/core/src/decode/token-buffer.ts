import { tensor } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TokenValues } from '../heads/head.ts';
import { planLength } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';

/** Room for all tokens of some items, `[items, N, tokenSize]`, in generation order. */
export function newTokens(model: SequenceModel, items: number): TokenValues {
  const size = items * planLength(model.plan) * model.tokenSize;
  return model.tokenType === 'int32' ? new Int32Array(size) : new Float32Array(size);
}

/** What a step drew, and which positions it filled. */
export interface StepTokens {
  /** `[items, end - start, tokenSize]` */
  readonly drawn: TokenValues;
  readonly items: number;
  readonly start: number;
  readonly end: number;
  /** Ids that replace drawn ones, -1 where free. */
  readonly given: Int32Array | undefined;
}

/** Writes the tokens of one step. */
export function writeTokens(
  tokens: TokenValues,
  model: SequenceModel,
  { drawn, items, start, end, given }: StepTokens,
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
export function filledTokens(
  { plan, tokenSize, tokenType }: SequenceModel,
  tokens: TokenValues,
  { items, filled }: { readonly items: number; readonly filled: number },
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
