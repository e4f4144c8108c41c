import { add, div, mean, mul, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** Level and scale of each row of a window. */
export type RowStatistics = {
  /** `[R, 1]` */
  mean: Tensor2D;
  /** `[R, 1]`, above zero. */
  deviation: Tensor2D;
};

/** Inside the root, as every published system has it. */
const epsilon = 1e-5;

/**
 * Mean and `√(population variance + 1e-5)` of each row (Kim et al. 2022, RevIN, without its learned part). A constant
 * row has the deviation 0.00316, so nothing is divided by zero.
 *
 * @param rows  `[R, T]`; borrowed.
 * @returns Owned by the caller.
 */
export function rowStatistics(rows: Tensor2D): RowStatistics {
  return tidy(() => {
    const center: Tensor2D = mean(rows, 1, true);
    const variance: Tensor2D = mean(square(sub(rows, center)), 1, true);
    return { mean: center, deviation: sqrt(add(variance, epsilon)) };
  });
}

/** `(x - mean) / deviation` of rows `[R, T]`; owned by the caller. */
export function normalizeRows(
  rows: Tensor2D,
  { mean: center, deviation }: RowStatistics,
): Tensor2D {
  return tidy(() => div(sub(rows, center), deviation));
}

/** `x · deviation + mean` of rows `[R, T]`; owned by the caller. */
export function denormalizeRows(
  rows: Tensor2D,
  { mean: center, deviation }: RowStatistics,
): Tensor2D {
  return tidy(() => add(mul(rows, deviation), center));
}
