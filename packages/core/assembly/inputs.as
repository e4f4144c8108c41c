// What feeds a step: rows of tables, and the sum of coarser maps of a multi-scale residual quantizer.
import { multiplyAdd } from './simd';

/** Rows of a table by their ids; one record of a program. */
@unmanaged
export class Lookup {
  operation: i32;
  /** `[V, C]` */
  table: usize;
  /** int32 `[rows]`; -1 takes the row of `starts` of the row's sequence instead. */
  ids: usize;
  /** `[sequences, C]`, or 0. */
  starts: usize;
  width: i32;
  /** Rows in all, and of one sequence. */
  rows: i32;
  positions: i32;
  out: usize;
}

/** One thread's share of the rows. */
export function lookUp(l: Lookup, thread: i32, threads: i32): void {
  const bytes = (<usize>l.width) << 2;
  const last = (l.rows * (thread + 1)) / threads;
  for (let row = (l.rows * thread) / threads; row < last; row++) {
    const id = load<i32>(l.ids + ((<usize>row) << 2));
    const source =
      id < 0 ? l.starts + <usize>(row / l.positions) * bytes : l.table + <usize>id * bytes;
    memory.copy(l.out + <usize>row * bytes, source, bytes);
  }
}

/** `out[o, i, :] = Σ_a matrix[i, a] · x[o, a, :]`; one record of a program. Twice resizes a picture. */
@unmanaged
export class Contract {
  operation: i32;
  /** `[outer, before, length]` */
  x: usize;
  /** `[after, before]` */
  matrix: usize;
  /** `[outer, after, length]` */
  out: usize;
  outer: i32;
  before: i32;
  after: i32;
  /** A multiple of 4. */
  length: i32;
}

/** One thread's share of the results. */
export function contract(c: Contract, thread: i32, threads: i32): void {
  const total = c.outer * c.after;
  const bytes = (<usize>c.length) << 2;
  const last = (total * (thread + 1)) / threads;
  for (let index = (total * thread) / threads; index < last; index++) {
    const factors = c.matrix + ((<usize>((index % c.after) * c.before)) << 2);
    const source = c.x + <usize>((index / c.after) * c.before) * bytes;
    const target = c.out + <usize>index * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      let sum = f32x4.splat(0);
      for (let a = 0; a < c.before; a++) {
        const factor = v128.load32_splat(factors + ((<usize>a) << 2));
        sum = multiplyAdd(factor, v128.load(source + <usize>a * bytes + at), sum);
      }
      v128.store(target + at, sum);
    }
  }
}

/** `sum += (1 - ratio) · x + ratio · (x ∗ weight + bias)`, a 3 x 3 convolution; one record of a program. */
@unmanaged
export class Blend {
  operation: i32;
  /** `[items, side, side, C]` */
  x: usize;
  /** `[3, 3, C, C]` */
  weight: usize;
  /** `[C]` */
  bias: usize;
  ratio: f32;
  /** `[items, side, side, C]` */
  sum: usize;
  items: i32;
  side: i32;
  channels: i32;
}

/** One thread's share of the cells. */
export function blend(b: Blend, thread: i32, threads: i32): void {
  const total = b.items * b.side * b.side;
  const last = (total * (thread + 1)) / threads;
  for (let cell = (total * thread) / threads; cell < last; cell++) blendCell(b, cell);
}

function blendCell(b: Blend, cell: i32): void {
  const bytes = (<usize>b.channels) << 2;
  const side = b.side;
  const item = cell / (side * side);
  const row = (cell / side) % side;
  const column = cell % side;
  const target = b.sum + <usize>cell * bytes;
  const own = b.x + <usize>cell * bytes;
  const keep = f32x4.splat(1 - b.ratio);
  const ratio = f32x4.splat(b.ratio);
  for (let at: usize = 0; at < bytes; at += 16) {
    let value = v128.load(b.bias + at);
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const y = row + dy,
          x = column + dx;
        if (y < 0 || x < 0 || y >= side || x >= side) continue;
        const neighbor = b.x + <usize>((item * side + y) * side + x) * bytes;
        let w = b.weight + <usize>((dy + 1) * 3 + dx + 1) * <usize>b.channels * bytes + at;
        for (let c: usize = 0; c < bytes; c += 4) {
          value = multiplyAdd(v128.load32_splat(neighbor + c), v128.load(w), value);
          w += bytes;
        }
      }
    }
    const mixed = f32x4.add(f32x4.mul(v128.load(own + at), keep), f32x4.mul(value, ratio));
    v128.store(target + at, f32x4.add(v128.load(target + at), mixed));
  }
}

/** `out[s, i] = x[s mod items, i] + added[first + i]`: both halves of a guided batch; one record of a program. */
@unmanaged
export class Broadcast {
  operation: i32;
  /** `[items, positions, C]` */
  x: usize;
  items: i32;
  /** `[N, C]`, or 0. */
  added: usize;
  first: i32;
  sequences: i32;
  positions: i32;
  width: i32;
  /** `[sequences, positions, C]` */
  out: usize;
}

/** One thread's share of the rows. */
export function broadcast(s: Broadcast, thread: i32, threads: i32): void {
  const bytes = (<usize>s.width) << 2;
  const total = s.sequences * s.positions;
  const last = (total * (thread + 1)) / threads;
  for (let row = (total * thread) / threads; row < last; row++) {
    const position = row % s.positions;
    const item = (row / s.positions) % s.items;
    const source = s.x + <usize>(item * s.positions + position) * bytes;
    const added = s.added + <usize>(s.first + position) * bytes;
    const target = s.out + <usize>row * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = v128.load(source + at);
      v128.store(target + at, s.added == 0 ? value : f32x4.add(value, v128.load(added + at)));
    }
  }
}
