// Attention of new rows over the cache, four queries at a time: scores, softmax, weighted sum of the values.
import { Heads } from './heads';
import { exponential, laneSums, laneSum, multiplyAdd } from './simd';

/** What the rows of a step may see. */
@unmanaged
export class VisibleRange {
  /** First slot seen. */
  begin: i32;
  /** One past the last slot that all rows see. */
  end: i32;
  /** Whether each row also sees its own slot, which lies behind `end`. */
  isSelfSeen: i32;
}

/**
 * The heads of blocks of four rows that no other thread takes.
 *
 * @param taken  Address of the number of them taken.
 */
export function attend(
  h: Heads,
  sequences: i32,
  positions: i32,
  fill: i32,
  visible: VisibleRange,
  taken: usize,
  thread: i32,
): void {
  const blocks = (positions + 3) >> 2;
  const total = sequences * h.heads * blocks;
  const scores = h.scores + ((<usize>(thread * h.scoresStride)) << 2);
  while (true) {
    const index = atomic.add<i32>(taken, 1);
    if (index >= total) return;
    const block = index % blocks;
    const head = (index / blocks) % h.heads;
    const sequence = index / blocks / h.heads;
    const count = min(4, positions - (block << 2));
    attendBlock(h, sequence, head, block << 2, count, positions, fill, visible, scores);
  }
}

function attendBlock(
  h: Heads,
  sequence: i32,
  head: i32,
  first: i32,
  count: i32,
  positions: i32,
  fill: i32,
  visible: VisibleRange,
  scores: usize,
): void {
  const size = (<usize>h.headSize) << 2;
  const group = head / (h.heads / h.groups);
  const cache = <usize>(sequence * h.groups + group) * <usize>h.capacity * size;
  const keys = h.keys + cache;
  const values = h.values + cache;
  const rowBytes = <usize>(h.heads + 2 * h.groups) * size;
  const row = sequence * positions + first;
  const queries = h.qkv + <usize>row * rowBytes + <usize>head * size;
  const outBytes = <usize>h.heads * size;
  const out = h.out + <usize>row * outBytes + <usize>head * size;
  const scoreBytes = <usize>h.scoresStride; // a quarter of the thread's floats, in bytes
  const seen = visible.end - visible.begin;
  let i = 0;
  for (; i + 2 <= count; i += 2) {
    const at = scores + <usize>i * scoreBytes;
    scorePair(
      queries + <usize>i * rowBytes,
      rowBytes,
      keys + <usize>visible.begin * size,
      size,
      seen,
      at,
      scoreBytes,
    );
  }
  if (i < count) {
    scoreRow(
      queries + <usize>i * rowBytes,
      keys + <usize>visible.begin * size,
      size,
      seen,
      scores + <usize>i * scoreBytes,
    );
  }
  for (let j = 0; j < count; j++) {
    const at = scores + <usize>j * scoreBytes;
    let length = seen;
    const own = fill + first + j;
    if (visible.isSelfSeen) {
      store<f32>(
        at + ((<usize>seen) << 2),
        dot(queries + <usize>j * rowBytes, keys + <usize>own * size, size),
      );
      length++;
    }
    softmax(at, length);
  }
  mix(values + <usize>visible.begin * size, size, seen, count, scores, scoreBytes, out, outBytes);
  if (!visible.isSelfSeen) return;
  for (let j = 0; j < count; j++) {
    const weight = v128.load32_splat(scores + <usize>j * scoreBytes + ((<usize>seen) << 2));
    const value = values + <usize>(fill + first + j) * size;
    const target = out + <usize>j * outBytes;
    for (let at: usize = 0; at < size; at += 16) {
      v128.store(target + at, multiplyAdd(weight, v128.load(value + at), v128.load(target + at)));
    }
  }
}

function dot(a: usize, b: usize, bytes: usize): f32 {
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    sums = multiplyAdd(v128.load(a + at), v128.load(b + at), sums);
  }
  return laneSum(sums);
}

/** Scores of two queries against `seen` keys; up to three more are written, over keys that exist or are zero. */
function scorePair(
  queries: usize,
  rowBytes: usize,
  keys: usize,
  size: usize,
  seen: i32,
  scores: usize,
  scoreBytes: usize,
): void {
  for (let slot = 0; slot < seen; slot += 4) {
    let p = queries;
    let w = keys + <usize>slot * size;
    const end = p + size;
    let a0 = f32x4.splat(0),
      a1 = a0,
      a2 = a0,
      a3 = a0;
    let b0 = a0,
      b1 = a0,
      b2 = a0,
      b3 = a0;
    while (p < end) {
      const x = v128.load(p),
        z = v128.load(p + rowBytes);
      let y = v128.load(w);
      a0 = multiplyAdd(x, y, a0);
      b0 = multiplyAdd(z, y, b0);
      y = v128.load(w + size);
      a1 = multiplyAdd(x, y, a1);
      b1 = multiplyAdd(z, y, b1);
      y = v128.load(w + 2 * size);
      a2 = multiplyAdd(x, y, a2);
      b2 = multiplyAdd(z, y, b2);
      y = v128.load(w + 3 * size);
      a3 = multiplyAdd(x, y, a3);
      b3 = multiplyAdd(z, y, b3);
      p += 16;
      w += 16;
    }
    const at = scores + ((<usize>slot) << 2);
    v128.store(at, laneSums(a0, a1, a2, a3));
    v128.store(at + scoreBytes, laneSums(b0, b1, b2, b3));
  }
}

function scoreRow(query: usize, keys: usize, size: usize, seen: i32, scores: usize): void {
  for (let slot = 0; slot < seen; slot += 4) {
    let p = query;
    let w = keys + <usize>slot * size;
    const end = p + size;
    let a0 = f32x4.splat(0),
      a1 = a0,
      a2 = a0,
      a3 = a0;
    while (p < end) {
      const x = v128.load(p);
      a0 = multiplyAdd(x, v128.load(w), a0);
      a1 = multiplyAdd(x, v128.load(w + size), a1);
      a2 = multiplyAdd(x, v128.load(w + 2 * size), a2);
      a3 = multiplyAdd(x, v128.load(w + 3 * size), a3);
      p += 16;
      w += 16;
    }
    v128.store(scores + ((<usize>slot) << 2), laneSums(a0, a1, a2, a3));
  }
}

/** Softmax in place over the first `length` scores; what is left of the last four becomes 0. */
function softmax(scores: usize, length: i32): void {
  for (let i = length; i & 3; i++) store<f32>(scores + ((<usize>i) << 2), -Infinity);
  const end = scores + ((<usize>((length + 3) & ~3)) << 2);
  let largest = f32x4.splat(-Infinity);
  for (let p = scores; p < end; p += 16) largest = f32x4.pmax(largest, v128.load(p));
  const peak = f32x4.splat(
    max(
      max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
      max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
    ),
  );
  let sums = f32x4.splat(0);
  for (let p = scores; p < end; p += 16) {
    const weight = exponential(f32x4.sub(v128.load(p), peak));
    v128.store(p, weight);
    sums = f32x4.add(sums, weight);
  }
  // The exponential is clamped at e^-87: what was -∞ counts nothing.
  for (let i = length; i & 3; i++) {
    sums = f32x4.sub(
      sums,
      f32x4.replace_lane(f32x4.splat(0), 0, load<f32>(scores + ((<usize>i) << 2))),
    );
    store<f32>(scores + ((<usize>i) << 2), 0);
  }
  const inverse = f32x4.splat(<f32>1 / laneSum(sums));
  for (let p = scores; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), inverse));
}

/** `out[j] = Σ weights[j, slot] · values[slot]`: of four rows eight values at a time. */
function mix(
  values: usize,
  size: usize,
  seen: i32,
  count: i32,
  scores: usize,
  scoreBytes: usize,
  out: usize,
  outBytes: usize,
): void {
  const last = values + <usize>seen * size;
  let at: usize = 0;
  for (; count == 4 && at + 32 <= size; at += 32) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let s = scores;
    for (let v = values + at; v < last; v += size) {
      const low = v128.load(v), high = v128.load(v, 16);
      let weight = v128.load32_splat(s);
      a0 = multiplyAdd(weight, low, a0);
      b0 = multiplyAdd(weight, high, b0);
      weight = v128.load32_splat(s + scoreBytes);
      a1 = multiplyAdd(weight, low, a1);
      b1 = multiplyAdd(weight, high, b1);
      weight = v128.load32_splat(s + 2 * scoreBytes);
      a2 = multiplyAdd(weight, low, a2);
      b2 = multiplyAdd(weight, high, b2);
      weight = v128.load32_splat(s + 3 * scoreBytes);
      a3 = multiplyAdd(weight, low, a3);
      b3 = multiplyAdd(weight, high, b3);
      s += 4;
    }
    const o = out + at;
    v128.store(o, a0);
    v128.store(o, b0, 16);
    v128.store(o + outBytes, a1);
    v128.store(o + outBytes, b1, 16);
    v128.store(o + 2 * outBytes, a2);
    v128.store(o + 2 * outBytes, b2, 16);
    v128.store(o + 3 * outBytes, a3);
    v128.store(o + 3 * outBytes, b3, 16);
  }
  for (let j = 0; j < count; j++) {
    mixRow(values, size, at, seen, scores + <usize>j * scoreBytes, out + <usize>j * outBytes);
  }
}

/** The same of one row, from the byte `first` of each value on: whole lines of the cache, of which memory gives two at once. */
function mixRow(
  values: usize,
  size: usize,
  first: usize,
  seen: i32,
  weights: usize,
  out: usize,
): void {
  const last = values + <usize>seen * size;
  let at = first;
  for (; at + 128 <= size; at += 128) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let s = weights;
    for (let v = values + at; v < last; v += size) {
      const weight = v128.load32_splat(s);
      a0 = multiplyAdd(weight, v128.load(v), a0);
      a1 = multiplyAdd(weight, v128.load(v, 16), a1);
      a2 = multiplyAdd(weight, v128.load(v, 32), a2);
      a3 = multiplyAdd(weight, v128.load(v, 48), a3);
      b0 = multiplyAdd(weight, v128.load(v, 64), b0);
      b1 = multiplyAdd(weight, v128.load(v, 80), b1);
      b2 = multiplyAdd(weight, v128.load(v, 96), b2);
      b3 = multiplyAdd(weight, v128.load(v, 112), b3);
      s += 4;
    }
    const o = out + at;
    v128.store(o, a0);
    v128.store(o, a1, 16);
    v128.store(o, a2, 32);
    v128.store(o, a3, 48);
    v128.store(o, b0, 64);
    v128.store(o, b1, 80);
    v128.store(o, b2, 96);
    v128.store(o, b3, 112);
  }
  for (; at < size; at += 16) {
    let sum = f32x4.splat(0);
    let s = weights;
    for (let v = values + at; v < last; v += size) {
      sum = multiplyAdd(v128.load32_splat(s), v128.load(v), sum);
      s += 4;
    }
    v128.store(out + at, sum);
  }
}
