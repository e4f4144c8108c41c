/**
 * Sizes of workgroups and parts, chosen by measurements on an H100 (docs/performance.md); results do not depend on
 * them beyond rounding.
 */
export interface Tuning {
  /**
   * Slots that one workgroup of the attention of single rows sees at once, and after which it is split: more than there are
   * parts, so that none is empty.
   */
  readonly attendedSlots: number;
  /** Loads that a lane of that attention has on their way together. */
  readonly attendLoads: number;
  /** Lanes that draw a token. */
  readonly sampleLanes: number;
  /** Lanes of a product at most. */
  readonly productLanes: number;
  /** Tasks of a lane of a product before more lanes take part. */
  readonly productTasks: number;
  /** Workgroups that compute all blocks of a step together, and lanes of each. */
  readonly persistentWorkgroups: number;
  readonly persistentLanes: number;
  /** Loads of weights that such a lane has on their way before the rows that they meet are there. */
  readonly persistentLoads: number;
  /** Fours of rows that it looks for at once. */
  readonly persistentFours: number;
  /** Most parts that they split the slots of a row into. */
  readonly persistentSplits: number;
}

export const tuning: Tuning = {
  attendedSlots: 64,
  attendLoads: 8,
  sampleLanes: 256,
  productLanes: 256,
  productTasks: 1.5,
  persistentWorkgroups: 128,
  persistentLanes: 256,
  persistentLoads: 32,
  persistentFours: 4,
  persistentSplits: 4,
};
