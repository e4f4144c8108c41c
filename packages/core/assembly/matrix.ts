// Products of rows with a matrix stored row by output: out[r, e] = Σ_k x[r, k] · w[e, k], four outputs and two rows at
// a time, and what follows them: bias, activation, gate, residual.
import { activate, IDENTITY, laneSums, multiplyAdd } from './simd';

/** Weights as they are. */
const F32: i32 = 0;
/** The upper halves of float32: element k beside element k + 4. */
const BF16: i32 = 1;
/** Seven bits with an offset of 64, one scale a row; four rows interleaved by 16 bytes. */
const INT8: i32 = 2;

/** Bytes of one entry of the table that `quantizeRows` makes: four int32 to start sums from, and a scale. */
const GROUP_BYTES: usize = 32;

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
}

/**
 * One thread's share of the outputs of all rows.
 *
 * @param rows  R, all sequences together.
 * @param positions  Rows of one sequence.
 */
export function multiply(
  m: Matrix,
  rows: i32,
  positions: i32,
  thread: i32,
  threads: i32,
): void {
  const chunk = max(2, CHUNK_BYTES / (m.inner << 2)) & ~1;
  for (let first = 0; first < rows; first += chunk) {
    multiplyChunk(m, first, min(rows, first + chunk), positions, thread, threads);
  }
}

/** Bytes of x that are met by all outputs before the next: they stay in the processor's second cache. */
const CHUNK_BYTES: i32 = 1 << 19;

function multiplyChunk(
  m: Matrix,
  begin: i32,
  rows: i32,
  positions: i32,
  thread: i32,
  threads: i32,
): void {
  const blocks = m.outputs >> 2;
  const first = (blocks * thread) / threads;
  const last = (blocks * (thread + 1)) / threads;
  for (let block = first; block < last; block++) {
    let row = begin;
    for (; row + 2 <= rows; row += 2) {
      if (m.format == F32) f32Pair(m, block, row, positions);
      else if (m.format == BF16) bf16Pair(m, block, row, positions);
      else if (m.format == INT8) int8Pair(m, block, row, positions);
      else int4Pair(m, block, row, positions);
    }
    if (row == rows) continue;
    if (m.format == F32) f32Single(m, block, row, positions);
    else if (m.format == BF16) bf16Single(m, block, row, positions);
    else if (m.format == INT8) int8Single(m, block, row, positions);
    else int4Single(m, block, row, positions);
  }
}

/** What follows a product that was computed elsewhere, of one thread's share of the rows; x is `[R, E]`. */
export function finishRows(m: Matrix, rows: i32, positions: i32, thread: i32, threads: i32): void {
  const blocks = m.outputs >> 2;
  const last = (rows * (thread + 1)) / threads;
  for (let row = (rows * thread) / threads; row < last; row++) {
    let x = m.x + <usize>row * (<usize>m.outputs << 2);
    for (let block = 0; block < blocks; block++) {
      finish(m, v128.load(x), block, row, positions);
      x += 16;
    }
  }
}

/** Bias, activation, gate and residual of four outputs of a row, and the store. */
function finish(m: Matrix, value: v128, block: i32, row: i32, positions: i32): void {
  const at = <usize>block << 4;
  let v = value;
  if (m.bias != 0) v = f32x4.add(v, v128.load(m.bias + at));
  const outRow = m.out + (<usize>(row * m.outStride) << 2);
  if (m.isGatedUnit) {
    const opened = f32x4.mul(activate(v, m.activation), v128.shuffle<f32>(v, v, 1, 0, 3, 2));
    v128.store64_lane(outRow + (at >> 1), v128.shuffle<f32>(opened, opened, 0, 2, 0, 2), 0);
    return;
  }
  if (m.activation != IDENTITY) v = activate(v, m.activation);
  if (m.gate != 0) {
    v = f32x4.mul(v, v128.load(m.gate + (<usize>((row / positions) * m.gateStride) << 2) + at));
  }
  if (m.isResidual) v = f32x4.add(v128.load(outRow + at), v);
  v128.store(outRow + at, v);
}

function f32Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  let p = m.x + <usize>row * stride;
  let w = m.weight + (<usize>block << 2) * stride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x0 = v128.load(p);
    const x1 = v128.load(p + stride);
    let y = v128.load(w);
    a0 = multiplyAdd(x0, y, a0);
    b0 = multiplyAdd(x1, y, b0);
    y = v128.load(w + stride);
    a1 = multiplyAdd(x0, y, a1);
    b1 = multiplyAdd(x1, y, b1);
    y = v128.load(w + 2 * stride);
    a2 = multiplyAdd(x0, y, a2);
    b2 = multiplyAdd(x1, y, b2);
    y = v128.load(w + 3 * stride);
    a3 = multiplyAdd(x0, y, a3);
    b3 = multiplyAdd(x1, y, b3);
    p += 16;
    w += 16;
  }
  finish(m, laneSums(a0, a1, a2, a3), block, row, positions);
  finish(m, laneSums(b0, b1, b2, b3), block, row + 1, positions);
}

function f32Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  let p = m.x + <usize>row * stride;
  let w = m.weight + (<usize>block << 2) * stride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  while (p < end) {
    const x = v128.load(p);
    a0 = multiplyAdd(x, v128.load(w), a0);
    a1 = multiplyAdd(x, v128.load(w + stride), a1);
    a2 = multiplyAdd(x, v128.load(w + 2 * stride), a2);
    a3 = multiplyAdd(x, v128.load(w + 3 * stride), a3);
    p += 16;
    w += 16;
  }
  finish(m, laneSums(a0, a1, a2, a3), block, row, positions);
}

@inline
function lower(words: v128): v128 {
  return i32x4.shl(words, 16);
}

@inline
function upper(words: v128): v128 {
  return v128.and(words, i32x4.splat(0xffff0000));
}

function bf16Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  const weightStride = <usize>m.inner << 1;
  let p = m.x + <usize>row * stride;
  let w = m.weight + (<usize>block << 2) * weightStride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x0 = v128.load(p), z0 = v128.load(p, 16);
    const x1 = v128.load(p + stride), z1 = v128.load(p + stride, 16);
    let y = v128.load(w);
    a0 = multiplyAdd(z0, upper(y), multiplyAdd(x0, lower(y), a0));
    b0 = multiplyAdd(z1, upper(y), multiplyAdd(x1, lower(y), b0));
    y = v128.load(w + weightStride);
    a1 = multiplyAdd(z0, upper(y), multiplyAdd(x0, lower(y), a1));
    b1 = multiplyAdd(z1, upper(y), multiplyAdd(x1, lower(y), b1));
    y = v128.load(w + 2 * weightStride);
    a2 = multiplyAdd(z0, upper(y), multiplyAdd(x0, lower(y), a2));
    b2 = multiplyAdd(z1, upper(y), multiplyAdd(x1, lower(y), b2));
    y = v128.load(w + 3 * weightStride);
    a3 = multiplyAdd(z0, upper(y), multiplyAdd(x0, lower(y), a3));
    b3 = multiplyAdd(z1, upper(y), multiplyAdd(x1, lower(y), b3));
    p += 32;
    w += 16;
  }
  finish(m, laneSums(a0, a1, a2, a3), block, row, positions);
  finish(m, laneSums(b0, b1, b2, b3), block, row + 1, positions);
}

function bf16Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  const weightStride = <usize>m.inner << 1;
  let p = m.x + <usize>row * stride;
  let w = m.weight + (<usize>block << 2) * weightStride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  while (p < end) {
    const x = v128.load(p), z = v128.load(p, 16);
    let y = v128.load(w);
    a0 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), a0));
    y = v128.load(w + weightStride);
    a1 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), a1));
    y = v128.load(w + 2 * weightStride);
    a2 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), a2));
    y = v128.load(w + 3 * weightStride);
    a3 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), a3));
    p += 32;
    w += 16;
  }
  finish(m, laneSums(a0, a1, a2, a3), block, row, positions);
}

/** `sum + a · b` over four neighbouring bytes a lane: a signed, b from 0 to 127. */
@inline
function dotBytes(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    // The variant that adds to a sum is wrong in V8 11: it doubles the products.
    const products = i16x8.relaxed_dot_i8x16_i7x16_s(a, b);
    return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(products));
  }
  // The same numbers: products of 16 bits, added in pairs of pairs.
  const low = i16x8.extmul_low_i8x16_s(a, b);
  const high = i16x8.extmul_high_i8x16_s(a, b);
  const pairs = i16x8.add(
    v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14),
    v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15),
  );
  return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(pairs));
}

/** Whether the engine multiplies bytes rightly: (5, -3, 100, -127) by (1, 127, 64, 33) four times, added to 7. */
export function areBytesRight(): boolean {
  const a = i8x16(5, -3, 100, -127, 5, -3, 100, -127, 5, -3, 100, -127, 5, -3, 100, -127);
  const b = i8x16(1, 127, 64, 33, 1, 127, 64, 33, 1, 127, 64, 33, 1, 127, 64, 33);
  const sums = dotBytes(volatileCopy(a), volatileCopy(b), i32x4.splat(7));
  return i32x4.all_true(i32x4.eq(sums, i32x4.splat(1840)));
}

/** The same vector, by way of the memory, so that no compiler computes the answer beforehand. */
function volatileCopy(a: v128): v128 {
  v128.store(SCRATCH, a);
  return v128.load(SCRATCH);
}

/** Sixteen bytes of the module's own page that nothing else uses. */
const SCRATCH: usize = 512;

/** Elements that share a scale of an int8 row of x, and of an int4 matrix and its x. */
const INT8_GROUP: i32 = 64;
const INT4_GROUP: i32 = 32;

/** The bytes and the table of some row of x. */
@inline
function quantizedRow(m: Matrix, row: i32): usize {
  return m.quantized + <usize>row * m.inner;
}

@inline
function groupsOfRow(m: Matrix, row: i32, group: i32): usize {
  return m.groups + <usize>(row * ((m.inner + group - 1) / group)) * GROUP_BYTES;
}

function int8Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const inner = m.inner;
  let w = m.weight + <usize>block * (<usize>inner << 2);
  let p = quantizedRow(m, row), q = quantizedRow(m, row + 1);
  let g = groupsOfRow(m, row, INT8_GROUP), h = groupsOfRow(m, row + 1, INT8_GROUP);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let k = 0; k < inner; k += INT8_GROUP) {
    const end = p + <usize>min(INT8_GROUP, inner - k);
    let s0 = v128.load(g), s1 = s0, s2 = s0, s3 = s0;
    let t0 = v128.load(h), t1 = t0, t2 = t0, t3 = t0;
    while (p < end) {
      const x = v128.load(p), z = v128.load(q);
      let y = v128.load(w);
      s0 = dotBytes(x, y, s0);
      t0 = dotBytes(z, y, t0);
      y = v128.load(w, 16);
      s1 = dotBytes(x, y, s1);
      t1 = dotBytes(z, y, t1);
      y = v128.load(w, 32);
      s2 = dotBytes(x, y, s2);
      t2 = dotBytes(z, y, t2);
      y = v128.load(w, 48);
      s3 = dotBytes(x, y, s3);
      t3 = dotBytes(z, y, t3);
      p += 16;
      q += 16;
      w += 64;
    }
    const scale = v128.load32_splat(g, 16), other = v128.load32_splat(h, 16);
    a0 = multiplyAdd(f32x4.convert_i32x4_s(s0), scale, a0);
    a1 = multiplyAdd(f32x4.convert_i32x4_s(s1), scale, a1);
    a2 = multiplyAdd(f32x4.convert_i32x4_s(s2), scale, a2);
    a3 = multiplyAdd(f32x4.convert_i32x4_s(s3), scale, a3);
    b0 = multiplyAdd(f32x4.convert_i32x4_s(t0), other, b0);
    b1 = multiplyAdd(f32x4.convert_i32x4_s(t1), other, b1);
    b2 = multiplyAdd(f32x4.convert_i32x4_s(t2), other, b2);
    b3 = multiplyAdd(f32x4.convert_i32x4_s(t3), other, b3);
    g += GROUP_BYTES;
    h += GROUP_BYTES;
  }
  const scales = v128.load(m.scales + (<usize>block << 4));
  finish(m, f32x4.mul(laneSums(a0, a1, a2, a3), scales), block, row, positions);
  finish(m, f32x4.mul(laneSums(b0, b1, b2, b3), scales), block, row + 1, positions);
}

function int8Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const inner = m.inner;
  let w = m.weight + <usize>block * (<usize>inner << 2);
  let p = quantizedRow(m, row);
  let g = groupsOfRow(m, row, INT8_GROUP);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  for (let k = 0; k < inner; k += INT8_GROUP) {
    const end = p + <usize>min(INT8_GROUP, inner - k);
    let s0 = v128.load(g), s1 = s0, s2 = s0, s3 = s0;
    while (p < end) {
      const x = v128.load(p);
      s0 = dotBytes(x, v128.load(w), s0);
      s1 = dotBytes(x, v128.load(w, 16), s1);
      s2 = dotBytes(x, v128.load(w, 32), s2);
      s3 = dotBytes(x, v128.load(w, 48), s3);
      p += 16;
      w += 64;
    }
    const scale = v128.load32_splat(g, 16);
    a0 = multiplyAdd(f32x4.convert_i32x4_s(s0), scale, a0);
    a1 = multiplyAdd(f32x4.convert_i32x4_s(s1), scale, a1);
    a2 = multiplyAdd(f32x4.convert_i32x4_s(s2), scale, a2);
    a3 = multiplyAdd(f32x4.convert_i32x4_s(s3), scale, a3);
    g += GROUP_BYTES;
  }
  const scales = v128.load(m.scales + (<usize>block << 4));
  finish(m, f32x4.mul(laneSums(a0, a1, a2, a3), scales), block, row, positions);
}

/** Four sums of four int32 lanes each, one a lane. */
@inline
function integerSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** Bytes of one group of four int4 rows: 16 bytes of nibbles a row, then four scales as upper halves of f32. */
const INT4_BLOCK_BYTES: usize = 72;

/** Sums of one group: the low nibbles hold its first 16 elements, the high ones the others. */
@inline
function int4Group(w: usize, x: v128, z: v128, start: v128): v128 {
  const mask = i8x16.splat(15);
  let y = v128.load(w);
  const s0 = dotBytes(z, i8x16.shr_u(y, 4), dotBytes(x, v128.and(y, mask), start));
  y = v128.load(w, 16);
  const s1 = dotBytes(z, i8x16.shr_u(y, 4), dotBytes(x, v128.and(y, mask), start));
  y = v128.load(w, 32);
  const s2 = dotBytes(z, i8x16.shr_u(y, 4), dotBytes(x, v128.and(y, mask), start));
  y = v128.load(w, 48);
  const s3 = dotBytes(z, i8x16.shr_u(y, 4), dotBytes(x, v128.and(y, mask), start));
  return f32x4.convert_i32x4_s(integerSums(s0, s1, s2, s3));
}

@inline
function int4Scales(w: usize): v128 {
  return i32x4.shl(i32x4.extend_low_i16x8_u(v128.load64_zero(w, 64)), 16);
}

function int4Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const groups = m.inner / INT4_GROUP;
  let w = m.weight + <usize>(block * groups) * INT4_BLOCK_BYTES;
  let p = quantizedRow(m, row), q = quantizedRow(m, row + 1);
  let g = groupsOfRow(m, row, INT4_GROUP), h = groupsOfRow(m, row + 1, INT4_GROUP);
  let a = f32x4.splat(0), b = a;
  for (let group = 0; group < groups; group++) {
    const scales = int4Scales(w);
    const first = int4Group(w, v128.load(p), v128.load(p, 16), v128.load(g));
    const second = int4Group(w, v128.load(q), v128.load(q, 16), v128.load(h));
    a = multiplyAdd(first, f32x4.mul(scales, v128.load32_splat(g, 16)), a);
    b = multiplyAdd(second, f32x4.mul(scales, v128.load32_splat(h, 16)), b);
    p += 32;
    q += 32;
    w += INT4_BLOCK_BYTES;
    g += GROUP_BYTES;
    h += GROUP_BYTES;
  }
  finish(m, a, block, row, positions);
  finish(m, b, block, row + 1, positions);
}

function int4Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const groups = m.inner / INT4_GROUP;
  let w = m.weight + <usize>(block * groups) * INT4_BLOCK_BYTES;
  let p = quantizedRow(m, row);
  let g = groupsOfRow(m, row, INT4_GROUP);
  let a = f32x4.splat(0);
  for (let group = 0; group < groups; group++) {
    const sums = int4Group(w, v128.load(p), v128.load(p, 16), v128.load(g));
    a = multiplyAdd(sums, f32x4.mul(int4Scales(w), v128.load32_splat(g, 16)), a);
    p += 32;
    w += INT4_BLOCK_BYTES;
    g += GROUP_BYTES;
  }
  finish(m, a, block, row, positions);
}
