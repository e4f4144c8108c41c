/**
 * Element types as safetensors names them, in the order in which writers sort tensors (largest alignment first).
 * F6 and F4 are packed; nextx lists them but does not read them.
 */
export const dtypes = [
  'U64',
  'I64',
  'F64',
  'C64',
  'F32',
  'U32',
  'I32',
  'BF16',
  'F16',
  'U16',
  'I16',
  'F8_E8M0',
  'F8_E4M3',
  'F8_E5M2',
  'I8',
  'U8',
  'F6_E3M2',
  'F6_E2M3',
  'F4',
  'BOOL',
] as const;

/** One of `dtypes`. */
export type DType = (typeof dtypes)[number];

const bits: Readonly<Record<DType, number>> = {
  U64: 64,
  I64: 64,
  F64: 64,
  C64: 64,
  F32: 32,
  U32: 32,
  I32: 32,
  BF16: 16,
  F16: 16,
  U16: 16,
  I16: 16,
  F8_E8M0: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  I8: 8,
  U8: 8,
  F6_E3M2: 6,
  F6_E2M3: 6,
  F4: 4,
  BOOL: 8,
};

/** Whether text names an element type; names are upper case. */
export function isDType(text: string): text is DType {
  return Object.hasOwn(bits, text);
}

/**
 * Bytes that a tensor takes, or `undefined` when that is no whole number of bytes or beyond 2^53.
 *
 * @param shape  Non-negative integers.
 */
export function byteLengthOf(dtype: DType, shape: readonly number[]): number | undefined {
  if (shape.includes(0)) {
    return 0;
  }
  const itemBits = bits[dtype];
  let items = 1;
  for (const size of shape) {
    items *= size;
    if (items > Number.MAX_SAFE_INTEGER / itemBits) {
      return undefined;
    }
  }
  const totalBits = items * itemBits;
  return totalBits % 8 === 0 ? totalBits / 8 : undefined;
}
