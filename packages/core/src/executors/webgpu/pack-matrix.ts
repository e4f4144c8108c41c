import { floatToHalf } from '../../io/half-float.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';

/** Rows of outputs are padded to a multiple of this. */
const outputGroup = 8;
/** Outputs that are read side by side, so that both matrices stay in the processor's cache. */
const stripOutputs = 16;
/** Elements of an int4 row that share a scale. */
const int4Group = 32;

/** A matrix as tfjs has it, and what is folded into it. */
export interface MatrixSource {
  /** `[K, E]` each; with two, fours of their outputs alternate. */
  readonly matrices: readonly Float32Array[];
  /** K */
  readonly inner: number;
  /** E */
  readonly outputs: number;
  /** `[K]` each: scale and shift of the norm in front. */
  readonly scale?: Float32Array;
  readonly shift?: Float32Array;
  /** `[matrices · E]` */
  readonly bias?: Float32Array;
}

/** A matrix as the kernels read it: rows of outputs, padded with zeros. */
export interface PackedMatrix {
  readonly weight: Uint8Array<ArrayBuffer>;
  /** `[E]` */
  readonly bias: Float32Array<ArrayBuffer>;
  /** `[E]`: sum of each row as it is stored. */
  readonly sums: Float32Array<ArrayBuffer>;
  /** `[E]` of int8, `[E, K / 32]` of int4. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** The smallest of the formats from f32 to `wanted` that rows of `inner` elements allow. */
export function formatFor(wanted: GpuWeightFormat, inner: number): GpuWeightFormat {
  if (wanted === 'int4' && inner % int4Group === 0) return 'int4';
  if ((wanted === 'int4' || wanted === 'int8') && inner % 16 === 0) return 'int8';
  return wanted !== 'f32' && inner % 8 === 0 ? 'f16' : 'f32';
}

/** Outputs with their padding. */
export function paddedOutputs(outputs: number): number {
  return Math.ceil(outputs / outputGroup) * outputGroup;
}

/** Bytes of the parts of a packed matrix: weight, bias, sums, scales. */
export function packedBytes(
  format: GpuWeightFormat,
  { inner, outputs }: { readonly inner: number; readonly outputs: number },
): [weight: number, bias: number, sums: number, scales: number] {
  const rows = paddedOutputs(outputs);
  const bits = { f32: 32, f16: 16, int8: 8, int4: 4 }[format];
  const scales = format === 'int8' ? rows : format === 'int4' ? (rows * inner) / int4Group : 0;
  return [(rows * inner * bits) / 8, 4 * rows, 4 * rows, 4 * scales];
}

/** Folds and packs a matrix. Norms are folded in float64. */
export function packMatrix(format: GpuWeightFormat, source: MatrixSource): PackedMatrix {
  const { matrices, inner, outputs, bias } = source;
  const sizes = { inner, outputs: matrices.length * outputs };
  const [weightBytes, biasBytes, , scaleBytes] = packedBytes(format, sizes);
  const packed: PackedMatrix = {
    weight: new Uint8Array(weightBytes),
    bias: new Float32Array(biasBytes / 4),
    sums: new Float32Array(biasBytes / 4),
    scales: new Float32Array(scaleBytes / 4),
  };
  const rows = Array.from({ length: stripOutputs }, () => new Float32Array(inner));
  const write = rowWriters[format](packed, inner);
  matrices.forEach((matrix, which) => {
    for (let first = 0; first < outputs; first += stripOutputs) {
      const count = Math.min(stripOutputs, outputs - first);
      const shifted = foldStrip(source, { matrix, first, count, rows });
      for (let own = 0; own < count; own++) {
        const output = first + own;
        const target =
          matrices.length === 1 ? output : Math.floor(output / 4) * 8 + 4 * which + (output % 4);
        packed.bias[target] = (bias?.[which * outputs + output] ?? 0) + shifted[own];
        packed.sums[target] = write(target, rows[own]);
      }
    }
  });
  return packed;
}

/** Some outputs' weights times the norm's scale, and what the norm's shift adds to each. */
function foldStrip(
  { inner, outputs, scale, shift }: MatrixSource,
  {
    matrix,
    first,
    count,
    rows,
  }: {
    readonly matrix: Float32Array;
    readonly first: number;
    readonly count: number;
    readonly rows: readonly Float32Array[];
  },
): Float64Array {
  const shifted = new Float64Array(count);
  for (let k = 0; k < inner; k++) {
    const factor = scale === undefined ? 1 : scale[k];
    const offset = shift === undefined ? 0 : shift[k];
    const at = k * outputs + first;
    for (let own = 0; own < count; own++) {
      const weight = matrix[at + own];
      rows[own][k] = weight * factor;
      shifted[own] += weight * offset;
    }
  }
  return shifted;
}

/** Writes a row of outputs, and returns the sum of what was stored, in units of the stored numbers. */
type RowWriter = (target: number, row: Float32Array) => number;

const rowWriters: Readonly<
  Record<GpuWeightFormat, (packed: PackedMatrix, inner: number) => RowWriter>
> = {
  f32: ({ weight }, inner) => {
    const values = new Float32Array(weight.buffer);
    return (target, row) => {
      values.set(row, target * inner);
      return row.reduce((sum, value) => sum + value, 0);
    };
  },
  f16: ({ weight }, inner) => {
    const values = new Uint16Array(weight.buffer);
    return (target, row) => {
      const bits = new Uint32Array(row.buffer);
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        values[target * inner + k] = halfOf(bits[k], row[k]);
        sum += row[k];
      }
      return sum;
    };
  },
  int8: ({ weight, scales }, inner) => {
    const values = new Int8Array(weight.buffer);
    return (target, row) => {
      const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // The device reads n / 127.
      scales[target] = largest;
      let sum = 0;
      row.forEach((value, k) => {
        const whole = largest === 0 ? 0 : Math.round((value / largest) * 127);
        values[target * inner + k] = whole;
        sum += whole / 127;
      });
      return sum;
    };
  },
  int4:
    ({ weight, scales }, inner) =>
    (target, row) => {
      let sum = 0;
      for (let first = 0; first < inner; first += int4Group) {
        const group = row.subarray(first, first + int4Group);
        const scale = group.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 7;
        scales[(target * inner + first) / int4Group] = scale;
        group.forEach((value, k) => {
          const whole = scale === 0 ? 0 : Math.max(-8, Math.min(7, Math.round(value / scale)));
          weight[(target * inner + first + k) >> 1] |= (whole + 8) << (4 * (k & 1));
          sum += whole * scale;
        });
      }
      return sum;
    },
};

/** The half nearest to a float32, at most 65504 in size: quickly where both are normal numbers. */
function halfOf(bits: number, value: number): number {
  const exponent = (bits >>> 23) & 0xff;
  if (exponent <= 112 || exponent >= 142) {
    return floatToHalf(Math.min(65504, Math.max(-65504, value)));
  }
  const half = ((bits >>> 16) & 0x8000) | ((exponent - 112) << 10) | ((bits >>> 13) & 0x3ff);
  const rest = bits & 0x1fff;
  return rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1) ? half + 1 : half;
}
