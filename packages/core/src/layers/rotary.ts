import { add, matMul, mul, reshape, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** Angles of some positions: cosines and sines, each `[n, D / 2]`, row-major. */
export interface RotaryRows {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Rotary factors as tensors, each angle repeated for both components of its pair: `[n, D]`. */
export type RotaryFactors = {
  cos: Tensor2D;
  sin: Tensor2D;
  /** `[D, D]`: maps (a, b) of every pair to (-b, a). */
  quarterTurn: Tensor2D;
};

/** Makes the tensors of some rows; owned by the caller. */
export function rotaryFactors({ cos, sin }: RotaryRows, headSize: number): RotaryFactors {
  const repeat = (angles: Float32Array): Tensor2D =>
    tensor2d(
      Float32Array.from({ length: angles.length * 2 }, (_, i) => angles[i >> 1]),
      [(angles.length * 2) / headSize, headSize],
    );
  const turn = new Float32Array(headSize * headSize);
  for (let pair = 0; pair < headSize; pair += 2) {
    turn[(pair + 1) * headSize + pair] = -1;
    turn[pair * headSize + pair + 1] = 1;
  }
  return { cos: repeat(cos), sin: repeat(sin), quarterTurn: tensor2d(turn, [headSize, headSize]) };
}

/**
 * Rotates interleaved pairs (Su et al. 2021): `(a cos - b sin, a sin + b cos)`. The swap of components is a
 * product with a matrix of 0 and ±1, which is exact and has a derivative on every engine.
 *
 * @param x  `[B, H, n, D]`; borrowed.
 * @returns Same shape; owned by the caller.
 */
export function rotate(x: Tensor4D, { cos, sin, quarterTurn }: RotaryFactors): Tensor4D {
  const headSize = x.shape[3];
  return tidy(() => {
    const turned = reshape(matMul(reshape(x, [-1, headSize]) as Tensor2D, quarterTurn), x.shape);
    return add(mul(x, cos as Tensor), mul(turned, sin as Tensor)) as Tensor4D;
  });
}

/** Rows `from` up to `to` of a table with `rowSize` angles a row. */
export function rotaryRange(
  { cos, sin }: RotaryRows,
  rowSize: number,
  [from, to]: readonly [number, number],
): RotaryRows {
  return {
    cos: cos.subarray(from * rowSize, to * rowSize),
    sin: sin.subarray(from * rowSize, to * rowSize),
  };
}
