// Rows of activations as signed bytes, a scale for each group of neighbours.

/** What is quantized; one record of a program. */
@unmanaged
export class Quantize {
  operation: i32;
  /** `[R, K]`, f32. */
  x: usize;
  inner: i32;
  /** Elements that share a scale. */
  group: i32;
  /** What was added to the weights that these rows meet: 64 for int8, 8 for int4. */
  offset: i32;
  /** `[R, K]` bytes. */
  quantized: usize;
  /** `[R, groups]` entries of 32 bytes: (-offset · Σ bytes, 0, 0, 0) as int32, the scale as f32, 12 unused. */
  groups: usize;
}

/** One thread's share of the rows' groups. */
export function quantizeRows(q: Quantize, rows: i32, thread: i32, threads: i32): void {
  const groups = (q.inner + q.group - 1) / q.group;
  const total = rows * groups;
  const last = (total * (thread + 1)) / threads;
  for (let index = (total * thread) / threads; index < last; index++) {
    const row = index / groups;
    const from = (index % groups) * q.group;
    quantizeGroup(q, row * q.inner + from, min(q.group, q.inner - from), index);
  }
}

function quantizeGroup(q: Quantize, at: i32, count: i32, index: i32): void {
  const x = q.x + ((<usize>at) << 2);
  const out = q.quantized + <usize>at;
  const entry = q.groups + ((<usize>index) << 5);
  let largest = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    largest = f32x4.max(largest, f32x4.abs(v128.load(x + ((<usize>i) << 2))));
  }
  const size = max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  const inverse = f32x4.splat(size > 0 ? <f32>127 / size : 0);
  let sums = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const scaled = f32x4.mul(v128.load(x + ((<usize>i) << 2)), inverse);
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(scaled));
    sums = i32x4.add(sums, whole);
    const halves = i16x8.narrow_i32x4_s(whole, whole);
    v128.store32_lane(out + <usize>i, i8x16.narrow_i16x8_s(halves, halves), 0);
  }
  const sum =
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3);
  v128.store(entry, i32x4(-q.offset * sum, 0, 0, 0));
  store<f32>(entry, size / <f32>127, 16);
}
