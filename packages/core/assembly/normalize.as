// Layer and root-mean-square normalization of rows, with learned and conditional scale and shift.
import { laneSum, multiplyAdd } from './simd';

/** What is normalized; one record of a program. */
@unmanaged
export class Normalize {
  operation: i32;
  /** `[R, C]` */
  x: usize;
  /** `[R, C]` */
  out: usize;
  width: i32;
  /** Whether the mean is taken off first. */
  isCentered: i32;
  epsilon: f32;
  /** `[C]` each, or 0. */
  scale: usize;
  shift: usize;
  /** `[sequences, …]` each: x (1 + scale) + shift; or 0. */
  conditionScale: usize;
  conditionShift: usize;
  /** Values from one sequence to the next. */
  conditionStride: i32;
}

/** One thread's share of the rows. */
export function normalizeRows(
  n: Normalize,
  rows: i32,
  positions: i32,
  thread: i32,
  threads: i32,
): void {
  const last = (rows * (thread + 1)) / threads;
  for (let row = (rows * thread) / threads; row < last; row++) normalizeRow(n, row, positions);
}

function normalizeRow(n: Normalize, row: i32, positions: i32): void {
  const bytes = (<usize>n.width) << 2;
  const x = n.x + <usize>row * bytes;
  const out = n.out + <usize>row * bytes;
  const condition = (<usize>((row / positions) * n.conditionStride)) << 2;
  let mean: f32 = 0;
  if (n.isCentered) {
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) sums = f32x4.add(sums, v128.load(x + at));
    mean = laneSum(sums) / <f32>n.width;
  }
  const center = f32x4.splat(mean);
  let squares = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = f32x4.sub(v128.load(x + at), center);
    squares = multiplyAdd(value, value, squares);
  }
  const deviation = sqrt<f32>(laneSum(squares) / <f32>n.width + n.epsilon);
  const inverse = f32x4.splat(<f32>1 / deviation);
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < bytes; at += 16) {
    let value = f32x4.mul(f32x4.sub(v128.load(x + at), center), inverse);
    if (n.scale != 0) value = f32x4.mul(value, v128.load(n.scale + at));
    if (n.shift != 0) value = f32x4.add(value, v128.load(n.shift + at));
    if (n.conditionScale != 0) {
      const factor = f32x4.add(one, v128.load(n.conditionScale + condition + at));
      value = f32x4.add(f32x4.mul(value, factor), v128.load(n.conditionShift + condition + at));
    }
    v128.store(out + at, value);
  }
}
