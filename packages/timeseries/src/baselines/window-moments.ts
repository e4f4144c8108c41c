import type { RowRange } from '../data/splits.ts';
import type { Table, WindowSize } from '../data/windows.ts';

/** Sums over windows of one variate, all variates together. */
export interface WindowMoments {
  /** `[lookBack, lookBack + horizon]`: of the products of two values of a window; filled from the diagonal on. */
  readonly products: Float64Array;
  /** `[lookBack + horizon]`: of the values at each place of a window. */
  readonly sums: Float64Array;
  readonly count: number;
}

/**
 * Sums of values and products over all windows that begin in a range. The windows beside one another overlap, so that each sum
 * is the one up and left of it, less the first product and plus the next: `O(rows · length + lookBack · length)`.
 */
export function windowMoments(
  { values, columns }: Table,
  starts: RowRange,
  { lookBack, horizon }: WindowSize,
): WindowMoments {
  const length = lookBack + horizon;
  const windows = starts.end - starts.start;
  const products = new Float64Array(lookBack * length);
  const sums = new Float64Array(length);
  for (let variate = 0; variate < columns; variate += 1) {
    const x = Float64Array.from(
      { length: windows + length - 1 },
      (_, row) => values[(starts.start + row) * columns + variate],
    );
    const block = new Float64Array(lookBack * length);
    for (let j = 0; j < length; j += 1) {
      for (let t = 0; t < windows; t += 1) {
        block[j] += x[t] * x[t + j];
        sums[j] += x[t + j];
      }
    }
    for (let i = 1; i < lookBack; i += 1) {
      for (let j = i; j < length; j += 1) {
        const before = block[(i - 1) * length + j - 1];
        block[i * length + j] =
          before - x[i - 1] * x[j - 1] + x[i - 1 + windows] * x[j - 1 + windows];
      }
    }
    block.forEach((product, index) => {
      products[index] += product;
    });
  }
  return { products, sums, count: windows * columns };
}
