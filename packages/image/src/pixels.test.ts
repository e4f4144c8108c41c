import { DataError, NumericError, ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import {
  compositeAlpha,
  floatsToPixels,
  pixelsToFloats,
  toGrey,
  toRgb,
  type Pixels,
} from './pixels.ts';

const allBytes: Pixels = {
  width: 16,
  height: 16,
  channels: 1,
  data: Uint8Array.from({ length: 256 }, (_, i) => i),
};

describe('pixelsToFloats and floatsToPixels', () => {
  it('map 0 to -1 and 255 to 1', () => {
    const floats = pixelsToFloats(allBytes);

    expect(floats[0]).toBe(-1);
    expect(floats[255]).toBe(1);
  });

  it('give every byte back', () => {
    expect(floatsToPixels(pixelsToFloats(allBytes), allBytes)).toEqual(allBytes);
  });

  it('clamp values outside -1 to 1 and round halves up', () => {
    const pixels = floatsToPixels(Float32Array.of(-3, 0, 1.2), {
      width: 3,
      height: 1,
      channels: 1,
    });

    expect([...pixels.data]).toEqual([0, 128, 255]);
  });

  it('refuse NaN instead of drawing a black pixel', () => {
    const size = { width: 1, height: 1, channels: 1 } as const;

    expect(() => floatsToPixels(Float32Array.of(NaN), size)).toThrow(NumericError);
  });

  it('refuse data of another length than the sizes say', () => {
    const size = { width: 2, height: 2, channels: 1 } as const;

    expect(() => floatsToPixels(new Float32Array(3), size)).toThrow(ShapeError);
    expect(() => pixelsToFloats({ ...allBytes, width: 0 })).toThrow(DataError);
  });
});

describe('toGrey, toRgb and compositeAlpha', () => {
  it('weigh colors as ITU-R BT.601 does', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255);

    expect([...toGrey({ width: 3, height: 1, channels: 3, data }).data]).toEqual([76, 150, 29]);
  });

  it('repeat grey three times', () => {
    const grey: Pixels = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) };

    expect([...toRgb(grey).data]).toEqual([7, 7, 7, 9, 9, 9]);
  });

  it('mix half-transparent black with the background', () => {
    const pixels: Pixels = { width: 1, height: 1, channels: 4, data: Uint8Array.of(0, 0, 0, 51) };

    expect([...compositeAlpha(pixels, 'white').data]).toEqual([204, 204, 204]);
    expect([...compositeAlpha(pixels, 'black').data]).toEqual([0, 0, 0]);
  });
});
