// The record of a product of rows with a matrix.

/** Weights as they are, two outputs interleaved by 16 bytes. */
export const F32: i32 = 0;
/** The upper halves of float32, those of two outputs in a word. */
export const BF16: i32 = 1;
/** Seven bits with an offset of 64, one scale a row; four rows interleaved by 16 bytes. */
export const INT8: i32 = 2;
/** Four bits with an offset of 8, a scale of 16 bits for 32 of a row; four rows interleaved by groups. */
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
