import { OptionError } from '@nextx/core';
import { abs, maximum, mean, mul, pow, tanh, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** Form of the penalty. */
export interface SparsityPenaltyForm {
  /** Steepness, c₁. @defaultValue 3 */
  readonly steepness?: number;
  /** The weight's root that is taken, c₂: beyond 1 small weights are pushed to zero. @defaultValue 3 */
  readonly root?: number;
}

/** The root has an infinite slope at zero, so smaller weights count as this. */
const leastWeight = 1e-12;

/**
 * A penalty that is 0 for zero weights and nears 1 for large ones, which it hardly shrinks: the mean of
 * `2 / (1 + exp(-c₁ |w|^(1 / c₂))) - 1` (Triebe et al. 2019, AR-Net, equation 5).
 *
 * @param weights  Any shape; borrowed.
 * @returns Owned by the caller.
 */
export function sparsityPenalty(
  weights: Tensor,
  { steepness = 3, root = 3 }: SparsityPenaltyForm = {},
): Scalar {
  // 2 / (1 + exp(-z)) - 1 = tanh(z / 2).
  return tidy(() => {
    const roots = pow(maximum(abs(weights), leastWeight), 1 / root);
    return mean(tanh(mul(roots, steepness / 2)));
  });
}

/** Slope of one weight's penalty, `tanh(c₁/2 |w|^(1 / c₂))`, which descent without tensors needs. */
export function penaltySlope(
  weight: number,
  { steepness = 3, root = 3 }: SparsityPenaltyForm = {},
): number {
  const size = Math.abs(weight);
  if (size < leastWeight) return 0;
  const power = size ** (1 / root);
  const height = Math.tanh((steepness / 2) * power);
  return (Math.sign(weight) * (1 - height ** 2) * steepness * power) / (2 * root * size);
}

/**
 * Factor of the penalty for a share of weights that are expected to count: `factor · (1 / share - 1)`, 0 for all.
 *
 * @param factor  c_λ. @defaultValue 0.02
 * @throws {OptionError} ARG if the share is not above 0 and at most 1.
 */
export function penaltyForShare(share: number, factor = 0.02): number {
  if (!(share > 0 && share <= 1)) {
    throw new OptionError(
      `penaltyForShare: the share of weights that count must be above 0 and at most 1, got ${share}. Use 1 for no penalty.`,
    );
  }
  return factor * (1 / share - 1);
}

/**
 * Share of the full penalty at some progress of the training: none before `start`, then its square, all from `full` on.
 *
 * @param progress  Share of the training that is done, in [0, 1].
 */
export function penaltyRamp(
  progress: number,
  { start = 0, full = 0.5 }: { readonly start?: number; readonly full?: number } = {},
): number {
  const risen = Math.min(1, Math.max(0, (progress - start) / (full - start)));
  return risen ** 2;
}
