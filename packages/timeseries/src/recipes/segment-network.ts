import type { Key } from '@nextx/core';
import type { Tensor3D } from '@tensorflow/tfjs-core';

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
  /**
   * One pass over all tokens, as in training.
   *
   * @param segments  `[R, N, S]`; borrowed.
   * @returns `[R, N, H]`, or `[R, N, H · levels]`, at token i of what comes after segment i; owned by the caller.
   */
  forward(segments: Tensor3D, context?: TokenContext): Tensor3D;
  /** An empty memory of R rows. */
  open(sizes: { readonly rows: number; readonly capacity: number }): SegmentMemory;
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
