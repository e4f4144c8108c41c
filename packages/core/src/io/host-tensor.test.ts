import { describe, expect, it } from 'vitest';
import type { DType } from './dtype.ts';
import { hostTensor, toFloat32, toInt32 } from './host-tensor.ts';

const tensorOf = (dtype: DType, bytes: readonly number[], count: number) =>
  hostTensor('t', { dtype, shape: [count] }, Uint8Array.from(bytes));

describe('hostTensor', () => {
  it('copies bytes at an odd offset', () => {
    const bytes = Uint8Array.of(9, 0, 0, 0x80, 0x3f).subarray(1);

    expect(hostTensor('t', { dtype: 'F32', shape: [] }, bytes).data).toEqual(Float32Array.of(1));
  });

  it('refuses too few bytes', () => {
    expect(() => tensorOf('F32', [1, 2, 3], 1)).toThrow(
      expect.objectContaining({ code: 'FORMAT' }),
    );
  });

  it('refuses packed types by name', () => {
    expect(() => tensorOf('F4', [1], 2)).toThrow(/F4 are not read/);
  });
});

describe('toFloat32', () => {
  it.each<[DType, number[], number[]]>([
    ['F16', [0x00, 0x3c, 0x01, 0x00], [1, 2 ** -24]],
    ['BF16', [0x80, 0x3f, 0x49, 0x40], [1, 3.140625]],
    ['F8_E4M3', [0x38, 0x7e], [1, 448]],
    ['F8_E5M2', [0x3c, 0x7b], [1, 57_344]],
    ['BOOL', [0, 1], [0, 1]],
    ['I8', [255, 127], [-1, 127]],
    ['I64', [255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 0], [-1, 2]],
  ])('widens %s exactly', (dtype, bytes, values) => {
    expect([...toFloat32(tensorOf(dtype, bytes, 2))]).toEqual(values);
  });

  it('widens many halves as it widens few', () => {
    const data = Uint16Array.from({ length: 70_000 }, (_, i) => (i * 7) % 0x7c00);

    const values = toFloat32({ dtype: 'F16', shape: [70_000], data });

    expect(values[2]).toBe(14 * 2 ** -24);
    expect(values[0x3c00]).toBe(
      toFloat32({ dtype: 'F16', shape: [1], data: data.slice(0x3c00, 0x3c01) })[0],
    );
  });

  it.each<[string, DType, number[]]>([
    ['2^24 + 1 as I32', 'I32', [1, 0, 0, 1]],
    ['2^53 + 1 as I64', 'I64', [1, 0, 0, 0, 0, 0, 0x20, 0]],
    ['1e300 as F64', 'F64', [156, 117, 0, 136, 60, 228, 55, 126]],
  ])('refuses %s, which float32 cannot hold', (_, dtype, bytes) => {
    expect(() => toFloat32(tensorOf(dtype, bytes, 1))).toThrow(
      expect.objectContaining({ code: 'BAD_WEIGHTS' }),
    );
  });
});

describe('toInt32', () => {
  it('takes int64 that fits', () => {
    const tensor = {
      dtype: 'I64',
      shape: [2],
      data: BigInt64Array.of(-1n, 2_147_483_647n),
    } as const;

    expect(toInt32(tensor)).toEqual(Int32Array.of(-1, 2_147_483_647));
  });

  it.each([2_147_483_648n, -2_147_483_649n, 2n ** 60n])('refuses %d', (value) => {
    const act = () => toInt32({ dtype: 'I64', shape: [1], data: BigInt64Array.of(value) });

    expect(act).toThrow(expect.objectContaining({ code: 'BAD_WEIGHTS' }));
  });

  it('refuses floats', () => {
    expect(() => toInt32(tensorOf('F32', [0, 0, 0, 0], 1))).toThrow(/integer type/);
  });
});
