import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat,
  float8E4m3ToFloat,
  float8E5m2ToFloat,
  floatToHalf,
  halfToFloat,
} from './half-float.ts';

const patterns = Array.from({ length: 65_536 }, (_, i) => i);

describe('halfToFloat', () => {
  it.each([
    [0x0000, 0],
    [0x0001, 5.960464477539063e-8],
    [0x03ff, 0.00006097555160522461],
    [0x0400, 0.00006103515625],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
  ])('gives the value of 0x%s', (half, value) => {
    expect(halfToFloat(half)).toBe(value);
  });

  it('keeps the sign of zero and knows NaN', () => {
    expect(halfToFloat(0x8000)).toBe(-0);
    expect(halfToFloat(0x7e01)).toBeNaN();
  });
});

describe('floatToHalf', () => {
  it('gives every one of the 65 536 patterns back', () => {
    const changed = patterns.filter((half) => {
      const value = halfToFloat(half);
      return floatToHalf(value) !== (Number.isNaN(value) ? 0x7e00 : half);
    });

    expect(changed).toEqual([]);
    expect(floatToHalf(1)).toBe(0x3c00);
  });

  it('rounds the midpoint of neighbors to the even one, and what is off it to the nearest', () => {
    const wrong = patterns.slice(0, 0x7bff).filter((half) => {
      const middle = (halfToFloat(half) + halfToFloat(half + 1)) / 2;
      const even = half % 2 === 0 ? half : half + 1;
      const got = [middle * (1 - 1e-9), middle, middle * (1 + 1e-9)].map(floatToHalf);
      return got.join() !== [half, even, half + 1].join();
    });

    expect(wrong).toEqual([]);
    expect(floatToHalf(2049)).toBe(floatToHalf(2048));
  });

  it.each([
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [-65_520, 0xfc00],
    [2 ** -25, 0],
    [-(2 ** -26), 0x8000],
    [3e38, 0x7c00],
  ])('takes %d to its pattern', (value, half) => {
    expect(floatToHalf(value)).toBe(half);
  });
});

describe('bfloat16ToFloat', () => {
  it('is the float32 whose upper half it is, for all 65 536 patterns', () => {
    const view = new DataView(new ArrayBuffer(4));
    const wrong = patterns.filter((bits) => {
      view.setUint16(0, bits);
      return !Object.is(bfloat16ToFloat(bits), view.getFloat32(0));
    });

    expect(wrong).toEqual([]);
    expect(bfloat16ToFloat(0x3f80)).toBe(1);
  });
});

describe('8-bit floats', () => {
  it.each([
    [0x01, 2 ** -9],
    [0x08, 2 ** -6],
    [0x38, 1],
    [0x7e, 448],
    [0xfe, -448],
    [0x7f, Number.NaN],
  ])('E4M3 gives the value of %d as the OCP specification lists it', (bits, value) => {
    expect(float8E4m3ToFloat(bits)).toBe(value);
  });

  it.each([
    [0x01, 2 ** -16],
    [0x04, 2 ** -14],
    [0x3c, 1],
    [0x7b, 57_344],
    [0x7c, Infinity],
    [0xff, Number.NaN],
  ])('E5M2 gives the value of %d as the OCP specification lists it', (bits, value) => {
    expect(float8E5m2ToFloat(bits)).toBe(value);
  });
});
