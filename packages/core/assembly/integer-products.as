// Products of bytes: activations of 8 bits with int8 (7 bits) and int4 weights.
import { epilogue } from './epilogue';
import { betweenPairs, firstPair, Matrix } from './matrix';
import { laneSums, multiplyAdd } from './simd';

/** Bytes of one entry of the table that `quantizeRows` makes: four int32 to start sums from, and a scale. */
const GROUP_BYTES: usize = 32;

/** `a · b` over two neighbouring bytes a lane of 16 bits: a signed, b from 0 to 127. */
@inline
function dotPairs(a: v128, b: v128): v128 {
  // The variant that adds fours to a sum is wrong in V8 11: it doubles the products.
  if (ASC_FEATURE_RELAXED_SIMD) return i16x8.relaxed_dot_i8x16_i7x16_s(a, b);
  // The same numbers.
  const low = i16x8.extmul_low_i8x16_s(a, b);
  const high = i16x8.extmul_high_i8x16_s(a, b);
  return i16x8.add(
    v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14),
    v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15),
  );
}

/** `sum + a · b` over four neighbouring bytes a lane. */
@inline
function dotBytes(a: v128, b: v128, sum: v128): v128 {
  return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(dotPairs(a, b)));
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

/** Four outputs of two rows, int8 weights. */
export function int8Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const inner = m.inner;
  const bytes = <usize>inner << 1;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
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
      y = v128.load(v);
      s2 = dotBytes(x, y, s2);
      t2 = dotBytes(z, y, t2);
      y = v128.load(v, 16);
      s3 = dotBytes(x, y, s3);
      t3 = dotBytes(z, y, t3);
      p += 16;
      q += 16;
      w += 32;
      v += 32;
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
  epilogue(m, f32x4.mul(laneSums(a0, a1, a2, a3), scales), block, row, positions);
  epilogue(m, f32x4.mul(laneSums(b0, b1, b2, b3), scales), block, row + 1, positions);
}

/** Four outputs of one row, int8 weights. */
export function int8Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const inner = m.inner;
  const bytes = <usize>inner << 1;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
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
      s2 = dotBytes(x, v128.load(v), s2);
      s3 = dotBytes(x, v128.load(v, 16), s3);
      p += 16;
      w += 32;
      v += 32;
    }
    const scale = v128.load32_splat(g, 16);
    a0 = multiplyAdd(f32x4.convert_i32x4_s(s0), scale, a0);
    a1 = multiplyAdd(f32x4.convert_i32x4_s(s1), scale, a1);
    a2 = multiplyAdd(f32x4.convert_i32x4_s(s2), scale, a2);
    a3 = multiplyAdd(f32x4.convert_i32x4_s(s3), scale, a3);
    g += GROUP_BYTES;
  }
  const scales = v128.load(m.scales + (<usize>block << 4));
  epilogue(m, f32x4.mul(laneSums(a0, a1, a2, a3), scales), block, row, positions);
}

/** Four outputs of one row at two places, int8 weights. */
export function int8Wide(m: Matrix, block: i32, other: i32, row: i32, positions: i32): void {
  const inner = m.inner;
  const bytes = <usize>inner << 1;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  let t = firstPair(m, other, bytes), u = t + betweenPairs(m, bytes);
  let p = quantizedRow(m, row);
  let g = groupsOfRow(m, row, INT8_GROUP);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let k = 0; k < inner; k += INT8_GROUP) {
    const end = p + <usize>min(INT8_GROUP, inner - k);
    let s0 = v128.load(g), s1 = s0, s2 = s0, s3 = s0;
    let t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    while (p < end) {
      const x = v128.load(p);
      s0 = dotBytes(x, v128.load(w), s0);
      s1 = dotBytes(x, v128.load(w, 16), s1);
      s2 = dotBytes(x, v128.load(v), s2);
      s3 = dotBytes(x, v128.load(v, 16), s3);
      t0 = dotBytes(x, v128.load(t), t0);
      t1 = dotBytes(x, v128.load(t, 16), t1);
      t2 = dotBytes(x, v128.load(u), t2);
      t3 = dotBytes(x, v128.load(u, 16), t3);
      p += 16;
      w += 32;
      v += 32;
      t += 32;
      u += 32;
    }
    const scale = v128.load32_splat(g, 16);
    a0 = multiplyAdd(f32x4.convert_i32x4_s(s0), scale, a0);
    a1 = multiplyAdd(f32x4.convert_i32x4_s(s1), scale, a1);
    a2 = multiplyAdd(f32x4.convert_i32x4_s(s2), scale, a2);
    a3 = multiplyAdd(f32x4.convert_i32x4_s(s3), scale, a3);
    b0 = multiplyAdd(f32x4.convert_i32x4_s(t0), scale, b0);
    b1 = multiplyAdd(f32x4.convert_i32x4_s(t1), scale, b1);
    b2 = multiplyAdd(f32x4.convert_i32x4_s(t2), scale, b2);
    b3 = multiplyAdd(f32x4.convert_i32x4_s(t3), scale, b3);
    g += GROUP_BYTES;
  }
  const scales = v128.load(m.scales + (<usize>block << 4));
  epilogue(m, f32x4.mul(laneSums(a0, a1, a2, a3), scales), block, row, positions);
  const others = v128.load(m.scales + (<usize>other << 4));
  epilogue(m, f32x4.mul(laneSums(b0, b1, b2, b3), others), other, row, positions);
}

/** Bytes of one group of a pair of int4 rows: 16 bytes of nibbles a row, then two scales as upper halves of f32. */
const INT4_GROUP_BYTES: usize = 36;

/** `x · low nibbles + z · high nibbles` over two neighbouring bytes a lane: at most 4 · 127 · 15 in size. */
@inline
function dotNibbles(x: v128, z: v128, y: v128): v128 {
  const mask = i8x16.splat(15);
  const high = v128.and(i16x8.shr_u(y, 4), mask);
  return i16x8.add(dotPairs(x, v128.and(y, mask)), dotPairs(z, high));
}

/** Sums of one group, a row each: the low nibbles hold its first 16 elements, the high ones the others. */
@inline
function int4Group(w: usize, v: usize, x: v128, z: v128, start: v128): v128 {
  const a = dotNibbles(x, z, v128.load(w)), b = dotNibbles(x, z, v128.load(w, 16));
  const c = dotNibbles(x, z, v128.load(v)), d = dotNibbles(x, z, v128.load(v, 16));
  // Eight products of 127 · 15 a lane are 30480: 16 bits hold them until the last sum.
  const ab = i16x8.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i16x8.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  const sums = i16x8.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
  return f32x4.convert_i32x4_s(i32x4.add(start, i32x4.extadd_pairwise_i16x8_s(sums)));
}

/** Of four rows, as f32. */
@inline
function int4Scales(w: usize, v: usize): v128 {
  const halves = v128.load32_lane(v, v128.load32_zero(w, 32), 1, 32);
  return i32x4.shl(i32x4.extend_low_i16x8_u(halves), 16);
}

/** Four outputs of two rows, int4 weights. */
export function int4Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const groups = m.inner / INT4_GROUP;
  const bytes = <usize>groups * INT4_GROUP_BYTES;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  let p = quantizedRow(m, row), q = quantizedRow(m, row + 1);
  let g = groupsOfRow(m, row, INT4_GROUP), h = groupsOfRow(m, row + 1, INT4_GROUP);
  let a = f32x4.splat(0), b = a;
  for (let group = 0; group < groups; group++) {
    const scales = int4Scales(w, v);
    const first = int4Group(w, v, v128.load(p), v128.load(p, 16), v128.load32_splat(g));
    const second = int4Group(w, v, v128.load(q), v128.load(q, 16), v128.load32_splat(h));
    a = multiplyAdd(first, f32x4.mul(scales, v128.load32_splat(g, 16)), a);
    b = multiplyAdd(second, f32x4.mul(scales, v128.load32_splat(h, 16)), b);
    p += 32;
    q += 32;
    w += INT4_GROUP_BYTES;
    v += INT4_GROUP_BYTES;
    g += GROUP_BYTES;
    h += GROUP_BYTES;
  }
  epilogue(m, a, block, row, positions);
  epilogue(m, b, block, row + 1, positions);
}

/** Four outputs of one row, int4 weights. */
export function int4Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const groups = m.inner / INT4_GROUP;
  const bytes = <usize>groups * INT4_GROUP_BYTES;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  let p = quantizedRow(m, row);
  let g = groupsOfRow(m, row, INT4_GROUP);
  let a = f32x4.splat(0);
  for (let group = 0; group < groups; group++) {
    const sums = int4Group(w, v, v128.load(p), v128.load(p, 16), v128.load32_splat(g));
    a = multiplyAdd(sums, f32x4.mul(int4Scales(w, v), v128.load32_splat(g, 16)), a);
    p += 32;
    w += INT4_GROUP_BYTES;
    v += INT4_GROUP_BYTES;
    g += GROUP_BYTES;
  }
  epilogue(m, a, block, row, positions);
}

/** Four outputs of one row at two places, int4 weights. */
export function int4Wide(m: Matrix, block: i32, other: i32, row: i32, positions: i32): void {
  const groups = m.inner / INT4_GROUP;
  const bytes = <usize>groups * INT4_GROUP_BYTES;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  let t = firstPair(m, other, bytes), u = t + betweenPairs(m, bytes);
  let p = quantizedRow(m, row);
  let g = groupsOfRow(m, row, INT4_GROUP);
  let a = f32x4.splat(0), b = a;
  for (let group = 0; group < groups; group++) {
    const x = v128.load(p), z = v128.load(p, 16);
    const start = v128.load32_splat(g), scale = v128.load32_splat(g, 16);
    a = multiplyAdd(int4Group(w, v, x, z, start), f32x4.mul(int4Scales(w, v), scale), a);
    b = multiplyAdd(int4Group(t, u, x, z, start), f32x4.mul(int4Scales(t, u), scale), b);
    p += 32;
    w += INT4_GROUP_BYTES;
    v += INT4_GROUP_BYTES;
    t += INT4_GROUP_BYTES;
    u += INT4_GROUP_BYTES;
    g += GROUP_BYTES;
  }
  epilogue(m, a, block, row, positions);
  epilogue(m, b, other, row, positions);
}
