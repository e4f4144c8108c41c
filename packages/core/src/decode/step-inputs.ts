import { tile } from '@tensorflow/tfjs-core';
import type { Rows } from '../backbone/backbone.ts';
import type { TokenValues } from '../heads/head.ts';
import type { SequenceModel } from '../sequence-model.ts';
import type { DecodeOptions } from './executor.ts';
import { filledTokens, tokensTensor } from './token-buffer.ts';

/** A step, and the tokens so far. */
export interface KnownTokens {
  /** `[items, N, tokenSize]`, of which the first positions are filled. */
  readonly tokens: TokenValues;
  readonly filled: number;
  readonly step: number;
  readonly options: Pick<DecodeOptions, 'seeds' | 'condition' | 'guidanceScaleAt'>;
}

/** What the recipe's own `inputs` makes of a step, of both halves of a guided batch. Called inside `tidy`. */
export function stepInputs(
  model: SequenceModel,
  { tokens, filled, step, options: { seeds, condition, guidanceScaleAt } }: KnownTokens,
): Rows {
  const items = seeds.length;
  const known = tokensTensor(model, filledTokens(model, tokens, { items, filled }), items);
  const both =
    guidanceScaleAt === undefined ? known : tile(known, [2, ...known.shape.slice(1).map(() => 1)]);
  return model.inputs(both, condition, { from: step, to: step + 1 });
}
