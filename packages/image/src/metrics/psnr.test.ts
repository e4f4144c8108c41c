import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { psnr } from './psnr.ts';

describe('psnr', () => {
  it('is 20 dB for an error of a tenth of the range', () => {
    expect(psnr([0, 0.5], [0.1, 0.4], 1)).toBeCloseTo(20, 10);
    expect(psnr([0], [25.5], 255)).toBeCloseTo(20, 10);
  });

  it('is infinite for equal pictures', () => {
    expect(psnr([1, 2], [1, 2], 255)).toBe(Infinity);
  });

  it('refuses other lengths and nothing', () => {
    expect(() => psnr([1], [1, 2], 1)).toThrow(ShapeError);
    expect(() => psnr([], [], 1)).toThrow(ShapeError);
  });
});
