// Products with f32 and bf16 weights.
import { epilogue } from './epilogue';
import { betweenPairs, firstPair, Matrix } from './matrix';
import { laneSums, multiplyAdd } from './simd';

/** Four outputs of two rows, f32 weights. */
export function f32Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const pitch = <usize>m.xStride << 2;
  const bytes = <usize>m.inner << 3;
  let p = m.x + <usize>row * pitch, q = p + pitch;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  const end = p + (<usize>m.inner << 2);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x = v128.load(p), z = v128.load(q);
    let y = v128.load(w);
    a0 = multiplyAdd(x, y, a0);
    b0 = multiplyAdd(z, y, b0);
    y = v128.load(w, 16);
    a1 = multiplyAdd(x, y, a1);
    b1 = multiplyAdd(z, y, b1);
    y = v128.load(v);
    a2 = multiplyAdd(x, y, a2);
    b2 = multiplyAdd(z, y, b2);
    y = v128.load(v, 16);
    a3 = multiplyAdd(x, y, a3);
    b3 = multiplyAdd(z, y, b3);
    p += 16;
    q += 16;
    w += 32;
    v += 32;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), block, row + 1, positions);
}

/** Four outputs of one row, f32 weights. */
export function f32Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const bytes = <usize>m.inner << 3;
  let p = m.x + <usize>row * (<usize>m.xStride << 2);
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  const end = p + (<usize>m.inner << 2);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  while (p < end) {
    const x = v128.load(p);
    a0 = multiplyAdd(x, v128.load(w), a0);
    a1 = multiplyAdd(x, v128.load(w, 16), a1);
    a2 = multiplyAdd(x, v128.load(v), a2);
    a3 = multiplyAdd(x, v128.load(v, 16), a3);
    p += 16;
    w += 32;
    v += 32;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
}

/** Four outputs of one row at two places, f32 weights. */
export function f32Wide(m: Matrix, block: i32, other: i32, row: i32, positions: i32): void {
  const bytes = <usize>m.inner << 3;
  let p = m.x + <usize>row * (<usize>m.xStride << 2);
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  let t = firstPair(m, other, bytes), u = t + betweenPairs(m, bytes);
  const end = p + (<usize>m.inner << 2);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x = v128.load(p);
    a0 = multiplyAdd(x, v128.load(w), a0);
    a1 = multiplyAdd(x, v128.load(w, 16), a1);
    a2 = multiplyAdd(x, v128.load(v), a2);
    a3 = multiplyAdd(x, v128.load(v, 16), a3);
    b0 = multiplyAdd(x, v128.load(t), b0);
    b1 = multiplyAdd(x, v128.load(t, 16), b1);
    b2 = multiplyAdd(x, v128.load(u), b2);
    b3 = multiplyAdd(x, v128.load(u, 16), b3);
    p += 16;
    w += 32;
    v += 32;
    t += 32;
    u += 32;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), other, row, positions);
}

/** Of each word, the lower half as f32. */
@inline
function lower(words: v128): v128 {
  return i32x4.shl(words, 16);
}

/** Of each word, the upper half as f32. */
@inline
function upper(words: v128): v128 {
  return v128.and(words, i32x4.splat(0xffff0000));
}

/** Four outputs of two rows, bf16 weights. */
export function bf16Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const bytes = <usize>m.inner << 2; // of a pair, and of a row of x
  let p = m.x + <usize>row * bytes, q = p + bytes;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  const end = q;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x = v128.load(p), z = v128.load(q);
    const first = v128.load(w), second = v128.load(v);
    a0 = multiplyAdd(x, lower(first), a0);
    b0 = multiplyAdd(z, lower(first), b0);
    a1 = multiplyAdd(x, upper(first), a1);
    b1 = multiplyAdd(z, upper(first), b1);
    a2 = multiplyAdd(x, lower(second), a2);
    b2 = multiplyAdd(z, lower(second), b2);
    a3 = multiplyAdd(x, upper(second), a3);
    b3 = multiplyAdd(z, upper(second), b3);
    p += 16;
    q += 16;
    w += 16;
    v += 16;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), block, row + 1, positions);
}

/** Four outputs of one row, bf16 weights. */
export function bf16Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const bytes = <usize>m.inner << 2; // of a pair, and of a row of x
  let p = m.x + <usize>row * bytes;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  const end = p + bytes;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  while (p < end) {
    const x = v128.load(p);
    const first = v128.load(w), second = v128.load(v);
    a0 = multiplyAdd(x, lower(first), a0);
    a1 = multiplyAdd(x, upper(first), a1);
    a2 = multiplyAdd(x, lower(second), a2);
    a3 = multiplyAdd(x, upper(second), a3);
    p += 16;
    w += 16;
    v += 16;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
}

/** Four outputs of one row at two places, bf16 weights. */
export function bf16Wide(m: Matrix, block: i32, other: i32, row: i32, positions: i32): void {
  const bytes = <usize>m.inner << 2; // of a pair, and of a row of x
  let p = m.x + <usize>row * bytes;
  let w = firstPair(m, block, bytes), v = w + betweenPairs(m, bytes);
  let t = firstPair(m, other, bytes), u = t + betweenPairs(m, bytes);
  const end = p + bytes;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x = v128.load(p);
    let y = v128.load(w);
    a0 = multiplyAdd(x, lower(y), a0);
    a1 = multiplyAdd(x, upper(y), a1);
    y = v128.load(v);
    a2 = multiplyAdd(x, lower(y), a2);
    a3 = multiplyAdd(x, upper(y), a3);
    y = v128.load(t);
    b0 = multiplyAdd(x, lower(y), b0);
    b1 = multiplyAdd(x, upper(y), b1);
    y = v128.load(u);
    b2 = multiplyAdd(x, lower(y), b2);
    b3 = multiplyAdd(x, upper(y), b3);
    p += 16;
    w += 16;
    v += 16;
    t += 16;
    u += 16;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), other, row, positions);
}
