import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import type { RotaryRows } from '../layers/rotary.ts';
import type { ParamTree } from '../params.ts';
import type { Key } from '../random/threefry.ts';

/** Embedded positions and what the backbone must know of each. */
export interface Rows {
  /** `[B, n, C]` */
  readonly x: Tensor3D;
  /** Angles of the n rows, for backbones with rotary positions. */
  readonly rotary?: RotaryRows;
  /**
   * Added to the attention scores, 0 or a large negative number; broadcasts to `[B, H, n, m]`, with m the rows
   * remembered before these plus n. Absent: every row sees all m.
   */
  readonly mask?: Tensor;
  /** `[B, C]`, which modulates these rows in place of the condition that the state was opened for. */
  readonly condition?: Tensor2D;
}

/** What the whole sequence is generated for. */
export interface Condition {
  /** `[B, C]`, for backbones whose norms it modulates. */
  readonly condition?: Tensor2D;
}

/** Maps embedded positions to hidden states and remembers those that it has seen. */
export interface Backbone<P extends ParamTree = ParamTree> {
  init(initializer: Initializer): P;
  /**
   * One pass over all positions, as in training.
   *
   * @param key  Draws dropout; absent outside training.
   * @returns `[B, n, C]`; owned by the caller.
   */
  forward(params: P, rows: Rows, key?: Key): Tensor3D;
  /** An empty state for `batch` sequences of at most `capacity` positions. Borrows `params` for its whole life. */
  open(params: P, options: StateOptions): BackboneState;
}

/** Sizes of a state. */
export interface StateOptions extends Condition {
  readonly batch: number;
  readonly capacity: number;
}

/** What a backbone remembers of a sequence that is being generated. */
export interface BackboneState {
  /** Positions remembered. */
  readonly length: number;
  readonly capacity: number;
  /** Bytes of the memory, allocated for the whole capacity. */
  readonly bytes: number;
  /** Hidden states of new rows, `[B, n, C]`, which are then remembered. Owned by the caller. */
  extend(rows: Rows): Tensor3D;
  /** The same, with nothing remembered. */
  peek(rows: Rows): Tensor3D;
  /** Forgets all but the first `length` positions. */
  truncate(length: number): void;
  /** A state that goes on from here independently. */
  fork(): BackboneState;
  dispose(): void;
}
