import type { Key } from '@nextx/core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** A causal network over the segments of normalized rows: from each token, what comes after it. */
export interface SegmentNetwork {
  /** Values of a segment, S: what a token reads. */
  readonly segment: number;
  /** Values after its segment that a token gives, H, whole segments. */
  readonly horizon: number;
  /** Numbers that a token gives of each of these values: one, or quantiles. */
  readonly levels?: readonly number[];
  /** Most tokens that one pass or memory holds. */
  readonly maxTokens: number;
  /** How the outputs of a token become its forecast; absent where they are that. */
  readonly reading?: TokenReading;
  /**
   * One pass over all tokens, as in training.
   *
   * @param segments  `[R, N, S]`; borrowed.
   * @returns Outputs of every token: with no reading `[R, N, H]` or `[R, N, H · levels]`, at token i what comes after segment i;
   * owned by the caller.
   */
  forward(segments: Tensor3D, context?: TokenContext): Tensor3D;
  /** An empty memory of R rows. */
  open(sizes: { readonly rows: number; readonly capacity: number }): SegmentMemory;
}

/** What the outputs `[R, E]` of a token say; of rows of their own, in normalized units. */
export interface TokenReading {
  /** `[R, H]`, or `[R, H · levels]`; owned by the caller. */
  forecast(outputs: Tensor2D): Tensor2D;
  /**
   * Draws of what comes after, where the head draws.
   *
   * @param noise  `[R, count, H]`; borrowed.
   * @returns As the noise; owned by the caller.
   */
  draw?(outputs: Tensor2D, noise: Tensor3D): Tensor3D;
}

/** What else a pass depends on. */
export interface TokenContext {
  /** `[R, N, F]`, what is known of the time at which each segment begins. */
  readonly marks?: Tensor3D;
  /** Draws dropout; absent outside training. */
  readonly key?: Key;
}

/** What a segment network remembers of the tokens it has read. */
export interface SegmentMemory {
  /** Tokens remembered. */
  readonly length: number;
  /** Bytes of the memory, allocated for its whole capacity. */
  readonly bytes: number;
  /**
   * Reads further tokens, which are then remembered.
   *
   * @param segments  `[R, n, S]`; borrowed.
   * @param marks  `[R, n, F]`
   * @returns As `forward`, of these tokens; owned by the caller.
   */
  extend(segments: Tensor3D, marks?: Tensor3D): Tensor3D;
  /** A memory that goes on from here independently. */
  fork(): SegmentMemory;
  dispose(): void;
}
