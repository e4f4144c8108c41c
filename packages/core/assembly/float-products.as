// Products with f32 and bf16 weights.
import { epilogue } from './epilogue';
import { Matrix } from './matrix';
import { laneSums, multiplyAdd } from './simd';

/** Four outputs of two rows, f32 weights. */
export function f32Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  const pitch = <usize>m.xStride << 2;
  let p = m.x + <usize>row * pitch;
  let w = m.weight + (<usize>block << 2) * stride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  while (p < end) {
    const x0 = v128.load(p);
    const x1 = v128.load(p + pitch);
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
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), block, row + 1, positions);
}

/** Four outputs of one row, f32 weights. */
export function f32Single(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  const pitch = <usize>m.xStride << 2;
  let p = m.x + <usize>row * pitch;
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
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
}

/** Twelve outputs of one row, f32 weights: more streams of weights, each of which the processor fetches ahead. */
export function f32Wide(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  const second = stride << 1, third = second + stride;
  const pitch = <usize>m.xStride << 2;
  let p = m.x + <usize>row * pitch;
  let w = m.weight + (<usize>block << 2) * stride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let c0 = a0, c1 = a0, c2 = a0, c3 = a0;
  while (p < end) {
    const x = v128.load(p);
    a0 = multiplyAdd(x, v128.load(w), a0);
    a1 = multiplyAdd(x, v128.load(w + stride), a1);
    a2 = multiplyAdd(x, v128.load(w + second), a2);
    a3 = multiplyAdd(x, v128.load(w + third), a3);
    let z = w + (second << 1);
    b0 = multiplyAdd(x, v128.load(z), b0);
    b1 = multiplyAdd(x, v128.load(z + stride), b1);
    b2 = multiplyAdd(x, v128.load(z + second), b2);
    b3 = multiplyAdd(x, v128.load(z + third), b3);
    z += second << 1;
    c0 = multiplyAdd(x, v128.load(z), c0);
    c1 = multiplyAdd(x, v128.load(z + stride), c1);
    c2 = multiplyAdd(x, v128.load(z + second), c2);
    c3 = multiplyAdd(x, v128.load(z + third), c3);
    p += 16;
    w += 16;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), block + 1, row, positions);
  epilogue(m, laneSums(c0, c1, c2, c3), block + 2, row, positions);
}

@inline
function lower(words: v128): v128 {
  return i32x4.shl(words, 16);
}

@inline
function upper(words: v128): v128 {
  return v128.and(words, i32x4.splat(0xffff0000));
}

/** Four outputs of two rows, bf16 weights. */
export function bf16Pair(m: Matrix, block: i32, row: i32, positions: i32): void {
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
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), block, row + 1, positions);
}

/** Four outputs of one row, bf16 weights. */
export function bf16Single(m: Matrix, block: i32, row: i32, positions: i32): void {
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
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
}

/** Eight outputs of one row, bf16 weights. */
export function bf16Wide(m: Matrix, block: i32, row: i32, positions: i32): void {
  const stride = <usize>m.inner << 2;
  const weightStride = <usize>m.inner << 1;
  let p = m.x + <usize>row * stride;
  let w = m.weight + (<usize>block << 2) * weightStride;
  const end = p + stride;
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
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
    const next = w + 4 * weightStride;
    y = v128.load(next);
    b0 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), b0));
    y = v128.load(next + weightStride);
    b1 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), b1));
    y = v128.load(next + 2 * weightStride);
    b2 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), b2));
    y = v128.load(next + 3 * weightStride);
    b3 = multiplyAdd(z, upper(y), multiplyAdd(x, lower(y), b3));
    p += 32;
    w += 16;
  }
  epilogue(m, laneSums(a0, a1, a2, a3), block, row, positions);
  epilogue(m, laneSums(b0, b1, b2, b3), block + 1, row, positions);
}
