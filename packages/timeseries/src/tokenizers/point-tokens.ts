import { linear, silu } from '@nextx/core';
import type { LinearParams } from '@nextx/core';
import { expandDims, mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** Maps of a single value, `[1, C]` both. */
export type PointTokensParams = {
  gate: LinearParams;
  up: LinearParams;
};

/**
 * A token for each value v, `silu(gate v) · (up v)` (Shi et al. 2025, Time-MoE, equation 2).
 *
 * @param rows  `[R, T]`; borrowed.
 * @returns `[R, T, C]`; owned by the caller.
 */
export function pointTokens({ gate, up }: PointTokensParams, rows: Tensor2D): Tensor3D {
  return tidy(() => {
    const values: Tensor3D = expandDims(rows, 2);
    return mul(silu(linear(gate, values)), linear(up, values));
  });
}
