import { CheckpointError, UnsupportedError } from '../errors.ts';
import { type DType, byteLengthOf } from './dtype.ts';
import {
  bfloat16ToFloat,
  float8E4m3ToFloat,
  float8E5m2ToFloat,
  floatToHalf,
  halfToFloat,
} from './half-float.ts';

/**
 * The elements of a tensor, row-major. Which array a type has: F16 and BF16 their bit patterns in a `Uint16Array`, the F8 kinds
 * and BOOL in a `Uint8Array`, C64 pairs (real, imaginary) in a `Float32Array`, I64 and U64 big integers, the others their own.
 */
export type HostData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Type and shape of a stored tensor. */
export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A tensor in ordinary memory, outside of any backend. */
export interface HostTensor extends TensorInfo {
  readonly data: HostData;
}

/** What holds named tensors and reads them one by one: a safetensors file, a PyTorch checkpoint, a set of shards. */
export interface TensorReader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Reads one tensor's bytes, and no others. */
  read(name: string): Promise<HostTensor>;
}

interface ViewConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): HostData;
}

const arrays: Readonly<Record<Exclude<DType, PackedDType>, ViewConstructor>> = {
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
  C64: Float32Array,
  F32: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  BF16: Uint16Array,
  F16: Uint16Array,
  U16: Uint16Array,
  I16: Int16Array,
  F8_E8M0: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

type PackedDType = 'F4' | 'F6_E2M3' | 'F6_E3M2';

/**
 * A tensor from its little-endian bytes. The bytes are viewed where their alignment allows and copied where not, so they belong
 * to the result from then on.
 *
 * @param where  Tensor and file, as a message should begin.
 * @throws {UnsupportedError} for the packed types F6 and F4.
 * @throws {CheckpointError} FORMAT if the bytes are not as many as type and shape ask for.
 */
export function hostTensor(
  where: string,
  { dtype, shape }: TensorInfo,
  bytes: Uint8Array,
): HostTensor {
  if (dtype === 'F4' || dtype === 'F6_E2M3' || dtype === 'F6_E3M2') {
    throw new UnsupportedError(
      `${where}: values of type ${dtype} are not read. Convert the file to F16 or F32 with the tool that wrote it.`,
    );
  }
  const expected = byteLengthOf(dtype, shape);
  if (bytes.byteLength !== expected) {
    throw new CheckpointError(
      `${where}: ${dtype} [${shape.join(', ')}] takes ${String(expected)} bytes, got ${bytes.byteLength}. Get the file again.`,
    );
  }
  const array = arrays[dtype];
  const isAligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : bytes.slice();
  const data = new array(buffer, byteOffset, byteLength / array.BYTES_PER_ELEMENT);
  return { dtype, shape: [...shape], data };
}

/** The bytes of a tensor, little-endian (as every platform that runs JavaScript is); a view of its data. */
export function hostTensorBytes({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A float32 tensor over `data`, which it borrows. */
export function float32Tensor(data: Float32Array, shape: readonly number[]): HostTensor {
  return { dtype: 'F32', shape: [...shape], data };
}

/** An F16 tensor with the values of `data` rounded to nearest, ties to even. */
export function float16Tensor(data: Float32Array, shape: readonly number[]): HostTensor {
  // A plain loop: `Uint16Array.from` with a function is ten times slower.
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < halves.length; i += 1) {
    halves[i] = floatToHalf(data[i]);
  }
  return { dtype: 'F16', shape: [...shape], data: halves };
}

/**
 * Values as float32. F32 comes back as it is (the same array); F16, BF16, F8 and BOOL widen exactly; F64 rounds to nearest.
 *
 * @throws {CheckpointError} BAD_WEIGHTS if an integer would lose digits or a finite F64 would become infinite.
 * @throws {UnsupportedError} for C64 and F8_E8M0.
 */
export function toFloat32({ dtype, data }: HostTensor): Float32Array {
  if (data instanceof Float32Array && dtype === 'F32') {
    return data;
  }
  const widening = widenings.get(dtype);
  if (widening !== undefined) {
    return widen(data, widening.bits, widening.convert);
  }
  if (withoutFloat32.has(dtype)) {
    throw new UnsupportedError(
      `toFloat32: values of type ${dtype} have no float32 form here. Convert the file to F32 first.`,
    );
  }
  return checkedFloat32(dtype, data);
}

interface Widening {
  readonly bits: number;
  readonly convert: (pattern: number) => number;
}

const widenings: ReadonlyMap<DType, Widening> = new Map<DType, Widening>([
  ['F16', { bits: 16, convert: halfToFloat }],
  ['BF16', { bits: 16, convert: bfloat16ToFloat }],
  ['F8_E4M3', { bits: 8, convert: float8E4m3ToFloat }],
  ['F8_E5M2', { bits: 8, convert: float8E5m2ToFloat }],
]);

const withoutFloat32: ReadonlySet<DType> = new Set<DType>([
  'C64',
  'F8_E8M0',
  'F6_E2M3',
  'F6_E3M2',
  'F4',
]);

/**
 * Values as int32.
 *
 * @throws {CheckpointError} BAD_WEIGHTS if a value is no integer or outside of int32.
 */
export function toInt32({ dtype, data }: HostTensor): Int32Array {
  if (data instanceof Int32Array) {
    return data;
  }
  const isFloat = dtype.startsWith('F') || dtype.startsWith('B') || dtype === 'C64';
  if (isFloat && dtype !== 'BOOL') {
    throw new CheckpointError(
      `toInt32: integers must come as an integer type, got ${dtype}. Read them with toFloat32.`,
      'BAD_WEIGHTS',
    );
  }
  const values = new Int32Array(data.length);
  for (let i = 0; i < values.length; i += 1) {
    const number = Number(data[i]);
    if (number < -0x8000_0000 || number > 0x7fff_ffff) {
      throw new CheckpointError(
        `toInt32: values must fit into 32 bits, got ${String(data[i])} of type ${dtype}. Check what the tensor holds.`,
        'BAD_WEIGHTS',
      );
    }
    values[i] = number;
  }
  return values;
}

/** Converts every element; beyond one element per bit pattern, by a table of all patterns. */
function widen(data: HostData, bits: number, convert: (value: number) => number): Float32Array {
  const patterns = 2 ** bits;
  const isTabled = data.length > patterns;
  const table = isTabled
    ? Float32Array.from({ length: patterns }, (_, i) => convert(i))
    : undefined;
  const values = new Float32Array(data.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = Number(data[i]);
    values[i] = table === undefined ? convert(value) : table[value];
  }
  return values;
}

function checkedFloat32(dtype: DType, data: HostData): Float32Array {
  const values = Float32Array.from<number | bigint>(data, Number);
  for (let i = 0; i < values.length; i += 1) {
    const isLost =
      dtype === 'F64' ? isOverflow(Number(data[i]), values[i]) : !isSameInteger(data[i], values[i]);
    if (isLost) {
      throw new CheckpointError(
        `toFloat32: values must fit into float32, got ${String(data[i])} of type ${dtype}. Use toInt32 or read the data itself.`,
        'BAD_WEIGHTS',
      );
    }
  }
  return values;
}

function isOverflow(original: number, rounded: number): boolean {
  return Number.isFinite(original) && !Number.isFinite(rounded);
}

function isSameInteger(original: number | bigint, rounded: number): boolean {
  return typeof original === 'bigint' ? BigInt(rounded) === original : original === rounded;
}
