import type { Tensor2D } from '@tensorflow/tfjs-core';
import { denormalizeRows, normalizeRows, rowStatistics } from './instance-norm.ts';
import type { RowStatistics } from './instance-norm.ts';

/** How the rows of a window, `[R, T]` each, become numbers of one size, and forecasts become values again. */
export interface RowScaling {
  /** Of a past; owned by the caller. */
  statistics(rows: Tensor2D): RowStatistics;
  /** Owned by the caller. */
  normalize(rows: Tensor2D, statistics: RowStatistics): Tensor2D;
  /** The inverse; owned by the caller. */
  denormalize(rows: Tensor2D, statistics: RowStatistics): Tensor2D;
}

/** Mean and deviation of each window, as every published system here has it. */
export const instanceNorm: RowScaling = {
  statistics: rowStatistics,
  normalize: normalizeRows,
  denormalize: denormalizeRows,
};
