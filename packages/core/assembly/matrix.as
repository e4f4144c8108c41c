// The record of a product of rows with a matrix, and where the weights lie: four outputs, a block, are two pairs, and the
// first pairs of all blocks lie before all second ones. So the weights of a block are two streams that run on into the next
// block's. A single row is as fast as memory, and a processor fetches long streams ahead best, several at once.

/** Weights as they are, a pair interleaved by 16 bytes. */
export const F32: i32 = 0;
/** The upper halves of float32, those of a pair in one word. */
export const BF16: i32 = 1;
/** Seven bits with an offset of 64, one scale an output; a pair interleaved by 16 bytes. */
export const INT8: i32 = 2;
/** Four bits with an offset of 8, a scale of 16 bits for 32 of an output; a pair interleaved by these groups. */
export const INT4: i32 = 3;

/** What a product reads and writes; one record of a program. */
@unmanaged
export class Matrix {
  operation: i32;
  /** `[R, K]`, f32. */
  x: usize;
  weight: usize;
  format: i32;
  inner: i32;
  /** Outputs, a multiple of 4. */
  outputs: i32;
  /** `[E]`, or 0. */
  bias: usize;
  out: usize;
  /** Values from one row of `out` to the next. */
  outStride: i32;
  activation: i32;
  /** Outputs alternate between a gate and what it opens; half as many are written. */
  isGatedUnit: i32;
  /** Adds to `out` instead of replacing it. */
  isResidual: i32;
  /** `[sequences, …]`, multiplies the result; or 0. */
  gate: usize;
  /** Values from one sequence's gate to the next. */
  gateStride: i32;
  /** `[E]`, of int8 weights. */
  scales: usize;
  /** Rows of x as bytes, `[R, K]`, of int8 and int4. */
  quantized: usize;
  /** `[R, groups]`, of int8 and int4. */
  groups: usize;
  /** Rows, where they are not those of the step; or 0. */
  rows: i32;
  /** Values from one row of x to the next: fewer than `inner` where rows overlap, as in a convolution; f32 weights only. */
  xStride: i32;
}

/** The first pair of a block. */
@inline
export function firstPair(m: Matrix, block: i32, pairBytes: usize): usize {
  return m.weight + <usize>block * pairBytes;
}

/** Bytes from the first pair of a block to its second. */
@inline
export function betweenPairs(m: Matrix, pairBytes: usize): usize {
  return <usize>(m.outputs >> 2) * pairBytes;
}
