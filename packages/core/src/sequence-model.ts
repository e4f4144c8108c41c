import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { BackboneState, Rows } from './backbone/backbone.ts';
import type { SampleContext, TokenValues } from './heads/head.ts';
import type { ParamTree } from './params.ts';
import type { Plan } from './plan/plan.ts';
import type { Network } from './program/network.ts';
import type { Key } from './random/threefry.ts';

/** Steps `from` up to, without, `to`. */
export interface StepSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * What the decoder, the trainer and the conformance kit know of a recipe: its plan, what feeds a step, the
 * backbone and the head, wired and bound to their weights.
 */
export interface SequenceModel {
  readonly plan: Plan;
  /** All trainable weights. */
  readonly params: ParamTree;
  /** Values a token has: 1 for an id, the channels of a latent otherwise. */
  readonly tokenSize: number;
  /** int32 ids or float32 latents. */
  readonly tokenType: 'int32' | 'float32';
  /** Ids are below this; absent for latents. */
  readonly vocabularySize?: number;
  /**
   * What feeds the positions of some steps. Reads the tokens of earlier steps only; the same function serves
   * training, for all steps at once, and decoding, a step at a time.
   *
   * @param tokens  `[B, n]` or `[B, n, channels]` in generation order, at least those of the steps before `to - 1`.
   * @param condition  `[B, …]`, what `condition` of the recipe made.
   */
  inputs(tokens: Tensor, condition: Tensor, steps: StepSpan): Rows;
  /** Rows remembered before the first step, where a recipe has them. */
  prefix?(condition: Tensor): Rows;
  /** Hidden states of all positions in one masked pass, `[B, N, C]`, as in training. */
  forward(tokens: Tensor, condition: Tensor, key?: Key): Tensor3D;
  /** An empty state with room for the whole plan. */
  open(condition: Tensor): BackboneState;
  /** The model as data, for executors that fuse its parts; absent where only tfjs can run it. */
  readonly network?: Network;
  /** Draws the tokens of one step from its hidden states. */
  sample(hidden: Tensor3D, context: SampleContext): Promise<TokenValues>;
}
