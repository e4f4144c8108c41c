import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { SamplingOptions } from '../sampling/filters.ts';
import type { Initializer } from '../initializer.ts';
import type { ParamTree } from '../params.ts';
import type { Key } from '../random/threefry.ts';

/** Tokens on the host: ids, or the values of continuous latents. */
export type TokenValues = Int32Array | Float32Array;

/** How the tokens of one step are drawn. */
export interface SampleContext {
  /** Sequences asked for; hidden states hold as many rows, or twice as many when guided. */
  readonly items: number;
  /** Whether rows `items … 2 · items - 1` are the same sequences without their condition. */
  readonly isGuided: boolean;
  /** `s` in `u + s (c - u)`. */
  readonly guidanceScale: number;
  readonly sampling: SamplingOptions;
  /** Key of one position of one item; folded with a purpose before it is drawn from. */
  readonly keyOf: (item: number, row: number) => Key;
  /** Told of each drawn id the logarithm of its probability, without guidance, temperature and filters. */
  readonly onDraw?: (item: number, row: number, logProb: number) => void;
}

/** Hidden states to a distribution over the tokens of a step. */
export interface Head<P extends ParamTree = ParamTree> {
  init(initializer: Initializer): P;
  /**
   * Mean negative log-likelihood, or the surrogate that trains the head.
   *
   * @param hidden  `[B, n, C]`; borrowed.
   * @param targets  `[B, n]` ids or `[B, n, channels]` latents; borrowed.
   * @param key  Draws the noise of a loss that is an expectation over noise; another one at each step of a training.
   */
  loss(params: P, hidden: Tensor3D, targets: Tensor, key: Key): Scalar;
  /**
   * Draws the tokens of one step.
   *
   * @param hidden  `[items or 2 · items, n, C]`; borrowed.
   * @returns `items · n` ids, or `items · n · channels` values.
   * @throws {NumericError} if the distribution is not finite.
   */
  sample(params: P, hidden: Tensor3D, context: SampleContext): Promise<TokenValues>;
  /** Natural logarithm of the probability of each target, `[B, n]`, where the head has one. */
  logProb?(params: P, hidden: Tensor3D, targets: Tensor): Tensor2D;
}
