// Queries, keys and values of new rows: scaled, rotated, and written where attention reads them.
import { laneSum, multiplyAdd } from './simd';

/** Where the cache of one layer lies and how its heads are laid out; part of two records of a program. */
@unmanaged
export class Heads {
  operation: i32;
  /** `[R, (H + 2 G) · D]`; queries are changed in place. */
  qkv: usize;
  /** `[sequences, G, capacity, D]` each. */
  keys: usize;
  values: usize;
  heads: i32;
  groups: i32;
  headSize: i32;
  capacity: i32;
  /** Unit length of queries and keys, and `[H]` factors of the queries; or 0. */
  cosineFactors: usize;
  /** Factor of the queries otherwise. */
  scale: f32;
  /** `[capacity, D / 2]` each, or 0. */
  cosines: usize;
  sines: usize;
  /** `[R, H · D]`, what attention writes. */
  out: usize;
  /** `[threads, 4, capacity rounded up to 4, plus 8]`, scores in the making. */
  scores: usize;
  /** Floats of one thread's scores. */
  scoresStride: i32;
}

/** One thread's share of the heads of the new rows. */
export function placeHeads(
  h: Heads,
  rows: i32,
  positions: i32,
  fill: i32,
  thread: i32,
  threads: i32,
): void {
  const perRow = h.heads + 2 * h.groups;
  const total = rows * perRow;
  const last = (total * (thread + 1)) / threads;
  for (let index = (total * thread) / threads; index < last; index++) {
    const row = index / perRow;
    placeHead(h, row, index % perRow, row / positions, fill + (row % positions));
  }
}

/** One head of one row: queries stay in place, keys and values go to their slot. */
function placeHead(h: Heads, row: i32, which: i32, sequence: i32, slot: i32): void {
  const size = <usize>h.headSize << 2;
  const source = h.qkv + (<usize>(row * (h.heads + 2 * h.groups) + which)) * size;
  if (which < h.heads) {
    const factor =
      h.cosineFactors == 0
        ? h.scale
        : load<f32>(h.cosineFactors + (<usize>which << 2)) * inverseLength(source, size);
    rotateScaled(h, source, source, factor, slot);
    return;
  }
  const group = which - h.heads;
  const isKey = group < h.groups;
  const head = isKey ? group : group - h.groups;
  const cache = isKey ? h.keys : h.values;
  const target = cache + <usize>((sequence * h.groups + head) * h.capacity + slot) * size;
  if (!isKey) memory.copy(target, source, size);
  else rotateScaled(h, source, target, h.cosineFactors == 0 ? 1 : inverseLength(source, size), slot);
}

/** 1 / ‖x‖, with a floor of 1e-12 under the length. */
function inverseLength(x: usize, bytes: usize): f32 {
  let squares = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = v128.load(x + at);
    squares = multiplyAdd(value, value, squares);
  }
  return <f32>1 / max<f32>(sqrt<f32>(laneSum(squares)), 1e-12);
}

/** `factor · x`, its pairs rotated by the angles of the slot. */
function rotateScaled(h: Heads, source: usize, target: usize, factor: f32, slot: i32): void {
  const bytes = <usize>h.headSize << 2;
  const factors = f32x4.splat(factor);
  if (h.cosines == 0) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(target + at, f32x4.mul(v128.load(source + at), factors));
    }
    return;
  }
  const angles = <usize>slot * (bytes >> 1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = f32x4.mul(v128.load(source + at), factors);
    // Two angles, each for both components of its pair; (a, b) becomes (a cos - b sin, b cos + a sin).
    const cosine = pairwise(v128.load64_zero(h.cosines + angles + (at >> 1)));
    const sine = pairwise(v128.load64_zero(h.sines + angles + (at >> 1)));
    const swapped = v128.xor(
      v128.shuffle<f32>(x, x, 1, 0, 3, 2),
      i32x4(0x80000000, 0, 0x80000000, 0),
    );
    v128.store(target + at, f32x4.add(f32x4.mul(x, cosine), f32x4.mul(swapped, sine)));
  }
}

@inline
function pairwise(two: v128): v128 {
  return v128.shuffle<f32>(two, two, 0, 0, 1, 1);
}
