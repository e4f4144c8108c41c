import { OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { cropSquare, resizePixels } from './pixels-resize.ts';
import type { Pixels } from './pixels.ts';

const grey = (width: number, height: number, ...data: number[]): Pixels => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from(data),
});

describe('resizePixels', () => {
  it('halves by the mean of 2 x 2 pixels', () => {
    const pixels = resizePixels(grey(4, 2, 0, 4, 8, 8, 4, 8, 8, 16), { width: 2, height: 1 });

    expect([...pixels.data]).toEqual([4, 10]);
  });

  it('keeps a picture of the asked size', () => {
    const pixels = grey(3, 1, 1, 2, 3);

    expect(resizePixels(pixels, { width: 3, height: 1, method: 'bicubic' })).toEqual(pixels);
  });

  it('keeps a plain color under every method, up and down', () => {
    for (const method of ['area', 'bicubic', 'lanczos'] as const) {
      const { data } = resizePixels(grey(3, 2, 9, 9, 9, 9, 9, 9), { width: 7, height: 1, method });
      expect(new Set(data)).toEqual(new Set([9]));
    }
  });

  it('gives hidden colors no weight', () => {
    const data = Uint8Array.of(200, 100, 50, 255, 0, 255, 0, 0);
    const pixels = resizePixels(
      { width: 2, height: 1, channels: 4, data },
      { width: 1, height: 1 },
    );

    expect([...pixels.data]).toEqual([200, 100, 50, 128]);
  });

  it.each([0, -1, 1.5, NaN, 1e9])('refuses width %d', (width) => {
    expect(() => resizePixels(grey(1, 1, 0), { width, height: 1 })).toThrow(OptionError);
  });
});

describe('cropSquare', () => {
  it('cuts where it is told', () => {
    const row = grey(3, 1, 10, 20, 30);

    expect([...cropSquare(row, { size: 1, cropX: 0 }).data]).toEqual([10]);
    expect([...cropSquare(row, { size: 1, cropX: 1 }).data]).toEqual([30]);
  });

  it('takes a 1 x 10000 picture', () => {
    const pixels = grey(1, 10_000, ...new Uint8Array(10_000).fill(5));

    expect(cropSquare(pixels, { size: 32 })).toMatchObject({ width: 32, height: 32 });
  });

  it('refuses a square larger than the shorter edge', () => {
    expect(() => cropSquare(grey(1, 1, 0), { size: 8, shorterEdge: 4 })).toThrow(OptionError);
  });
});
