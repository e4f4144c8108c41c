import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { BackboneState, Rows } from './backbone/backbone.ts';
import type { SampleContext, TokenValues } from './heads/head.ts';
import type { ParamTree } from './params.ts';
import type { Plan } from './plan/plan.ts';
import type { AnyNetwork } from './program/network.ts';
import type { Key } from './random/threefry.ts';

/** Steps `from` up to, without, `to`. */
export interface StepSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * How the backbone itself turns noise into the latents of a step, all its positions together: Euler steps along
 * `x_t = (1 - t) noise + t latent` (xAR, 2025, arXiv:2502.20388; ACDiT, 2024, arXiv:2412.07720).
 */
export interface StepDenoiser {
  /** Euler steps from noise to latents; each evaluates the backbone once. */
  readonly steps: number;
  /**
   * What feeds the positions of a step whose latents are on their way. The backbone remembers nothing of these rows.
   *
   * @param latents  `[B, n, channels]`; borrowed.
   * @param at  The step, and `t` from 0, noise, up to 1, which is not reached.
   */
  rows(
    latents: Tensor3D,
    condition: Tensor,
    at: { readonly step: number; readonly time: number },
  ): Rows;
  /** The velocity that hidden states stand for, `[B, n, C]` to `[B, n, channels]`; owned by the caller. */
  velocity(hidden: Tensor3D): Tensor3D;
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
   * training, for all steps at once, and decoding, a step at a time. With a `denoiser` it is what the backbone
   * remembers of finished steps, and reads the tokens of these steps themselves.
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
  readonly network?: AnyNetwork;
  /** Where the backbone draws the tokens of a step itself; `sample` is then not called. */
  readonly denoiser?: StepDenoiser;
  /** Draws the tokens of one step from its hidden states. */
  sample(hidden: Tensor3D, context: SampleContext): Promise<TokenValues>;
}
