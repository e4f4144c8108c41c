import type { WeightFormat } from '../weight-format.ts';

/** Elements of a row of int8 activations that share a scale. */
export const int8Group = 64;
/** Elements of a row of int4 weights that share a scale. */
export const int4Group = 32;
/** What is added to int8 and int4 weights so that they are not negative. */
export const weightOffsets = { int8: 64, int4: 8 } as const;

/** Bytes of a group of two int4 rows: nibbles, and two scales of 16 bits. */
const int4GroupBytes = 36;

/** A matrix as rows of outputs, `[E, K]`, E padded to a multiple of 4 with zeros; formats order its values anew. */
export interface OutputRows {
  readonly values: Float32Array;
  readonly inner: number;
  /** A multiple of 4. */
  readonly outputs: number;
}

/** Bytes of a packed matrix, without the scales of int8. */
export function packedBytes(
  format: WeightFormat,
  { inner, outputs }: Pick<OutputRows, 'inner' | 'outputs'>,
): number {
  if (format === 'f32') return 4 * inner * outputs;
  if (format === 'bf16') return 2 * inner * outputs;
  if (format === 'int8') return inner * outputs;
  return (outputs / 2) * (inner / int4Group) * int4GroupBytes;
}

/** `wanted`, or the next larger format that rows of `inner` elements allow. */
export function formatFor(wanted: WeightFormat, inner: number): WeightFormat {
  if (wanted === 'int4' && inner % int4Group === 0) return 'int4';
  if ((wanted === 'int8' || wanted === 'int4') && inner % 16 === 0) return 'int8';
  return wanted === 'f32' ? 'f32' : 'bf16';
}

/**
 * Turns matrices as tfjs has them into rows of outputs.
 *
 * @param matrices  `[K, E]` each, row-major; with several, their outputs alternate.
 */
export function outputRows(
  matrices: readonly Float32Array[],
  { inner, outputs }: { readonly inner: number; readonly outputs: number },
): OutputRows {
  const count = matrices.length;
  const padded = Math.ceil((count * outputs) / 4) * 4;
  const values = new Float32Array(padded * inner);
  // Strips of columns, so that both sides stay in the processor's cache.
  const strip = 32;
  matrices.forEach((matrix, which) => {
    for (let first = 0; first < outputs; first += strip) {
      const last = Math.min(outputs, first + strip);
      for (let k = 0; k < inner; k++) {
        for (let e = first; e < last; e++) {
          values[(e * count + which) * inner + k] = matrix[k * outputs + e];
        }
      }
    }
  });
  return { values, inner, outputs: padded };
}

/**
 * Writes a matrix in a format.
 *
 * @param target  Room of `packedBytes`.
 * @param scales  `[E]`, filled for int8.
 */
export function packWeights(
  format: WeightFormat,
  rows: OutputRows,
  { target, scales }: { readonly target: Uint8Array; readonly scales: Float32Array },
): void {
  if (format === 'f32') {
    packF32(rows, new Float32Array(target.buffer, target.byteOffset, rows.values.length));
  } else if (format === 'bf16') packBf16(rows, target);
  else if (format === 'int8') packInt8(rows, target, scales);
  else packInt4(rows, target);
}

/** Four outputs are two pairs: the first pairs of all lie before the second ones. */
function pairPlace(e: number, outputs: number): number {
  return ((e >> 1) & 1) * (outputs / 4) + (e >> 2);
}

/**
 * The order of f32 products: of each pair of outputs, four elements of the one beside four of the other.
 *
 * @param target  `[E · K]`
 */
export function packF32({ values, inner, outputs }: OutputRows, target: Float32Array): void {
  for (let e = 0; e < outputs; e++) {
    const pair = pairPlace(e, outputs) * 2 * inner + (e & 1) * 4;
    for (let k = 0; k < inner; k += 4) {
      const from = e * inner + k;
      const to = pair + 2 * k;
      target[to] = values[from];
      target[to + 1] = values[from + 1];
      target[to + 2] = values[from + 2];
      target[to + 3] = values[from + 3];
    }
  }
}

/** Each word holds an element of both outputs of a pair, that of the first in its lower half. */
function packBf16({ values, inner, outputs }: OutputRows, target: Uint8Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint32Array(target.buffer, target.byteOffset, values.length / 2);
  for (let e = 0; e < outputs; e += 2) {
    const pair = pairPlace(e, outputs) * inner;
    const first = e * inner;
    for (let k = 0; k < inner; k++) {
      words[pair + k] = upperHalf(bits[first + k]) | (upperHalf(bits[first + inner + k]) << 16);
    }
  }
}

/** The nearest value of 16 bits, ties to even. */
function upperHalf(bits: number): number {
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function packInt8(
  { values, inner, outputs }: OutputRows,
  target: Uint8Array,
  scales: Float32Array,
): void {
  const limit = weightOffsets.int8 - 1;
  for (let e = 0; e < outputs; e++) {
    const from = e * inner;
    scales[e] = Math.abs(largest(values, from, inner)) / limit;
    const inverse = scales[e] === 0 ? 0 : 1 / scales[e];
    const pair = pairPlace(e, outputs) * 2 * inner + (e & 1) * 16;
    for (let k = 0; k < inner; k++) {
      const level = nearest(values[from + k] * inverse, -limit, limit);
      target[pair + (k >> 4) * 32 + (k & 15)] = level + weightOffsets.int8;
    }
  }
}

function packInt4({ values, inner, outputs }: OutputRows, target: Uint8Array): void {
  const groups = inner / int4Group;
  const offset = weightOffsets.int4;
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  for (let e = 0; e < outputs; e++) {
    for (let group = 0; group < groups; group++) {
      const from = e * inner + group * int4Group;
      // The element of largest size goes to -8, the end of the range that has one level more.
      single[0] = largest(values, from, int4Group) / -offset;
      const half = upperHalf(bits[0]);
      // The rounded scale is the one that the weights are divided by.
      bits[0] = half << 16;
      const inverse = single[0] === 0 ? 0 : 1 / single[0];
      const pair = (pairPlace(e, outputs) * groups + group) * int4GroupBytes;
      const row = pair + (e & 1) * 16;
      for (let k = 0; k < 16; k++) {
        const low = nearest(values[from + k] * inverse, -offset, offset - 1);
        const high = nearest(values[from + k + 16] * inverse, -offset, offset - 1);
        target[row + k] = (low + offset) | ((high + offset) << 4);
      }
      target[pair + 32 + (e & 1) * 2] = half & 0xff;
      target[pair + 32 + (e & 1) * 2 + 1] = half >> 8;
    }
  }
}

function nearest(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}

/** The element of largest size, with its sign. */
function largest(values: Float32Array, from: number, count: number): number {
  let found = 0;
  for (let index = from; index < from + count; index++) {
    if (Math.abs(values[index]) > Math.abs(found)) found = values[index];
  }
  return found;
}
