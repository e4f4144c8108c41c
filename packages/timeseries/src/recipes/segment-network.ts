import type { Key } from '@nextx/core';
import type { Tensor3D } from '@tensorflow/tfjs-core';

/** A causal network over the segments of normalized rows: from each token, what comes after it. */
export interface SegmentNetwork {
  /** Values of a segment, S, of which each token gives the next. */
  readonly segment: number;
  /** Most tokens that one pass or memory holds. */
  readonly maxTokens: number;
  /**
   * One pass over all tokens, as in training.
   *
   * @param segments  `[R, N, S]`; borrowed.
   * @returns `[R, N, S]`, at token i the forecast of segment i + 1; owned by the caller.
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
   * @returns `[R, n, S]`; owned by the caller.
   */
  extend(segments: Tensor3D, marks?: Tensor3D): Tensor3D;
  /** A memory that goes on from here independently. */
  fork(): SegmentMemory;
  dispose(): void;
}
