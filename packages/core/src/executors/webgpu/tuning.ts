/**
 * Sizes of workgroups and parts, chosen by measurements on an H100 (docs/performance.md); results do not depend on
 * them beyond rounding.
 */
export interface Tuning {
  /** Slots that one workgroup of the attention of single rows sees at once, and after which it is split. */
  readonly attendedSlots: number;
  /** Loads that a lane of that attention has on their way together. */
  readonly attendLoads: number;
  /** Lanes that draw a token. */
  readonly sampleLanes: number;
  /** Lanes of a product at most. */
  readonly productLanes: number;
  /** Tasks of a lane of a product before more lanes take part. */
  readonly productTasks: number;
}

export const tuning: Tuning = {
  attendedSlots: 64,
  attendLoads: 8,
  sampleLanes: 256,
  productLanes: 256,
  productTasks: 1.5,
};
