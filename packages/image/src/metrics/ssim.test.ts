import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { ssim } from './ssim.ts';

const plain = (value: number, side = 11) => ({
  width: side,
  height: side,
  channels: 1,
  data: new Float64Array(side * side).fill(value),
});

describe('ssim', () => {
  it('is 1 for equal pictures', () => {
    expect(ssim(plain(0.3), plain(0.3), { range: 1 })).toBe(1);
  });

  it('has only the luminance term left for plain pictures', () => {
    // (2 * 0.5 * 1 + 1e-4) / (0.25 + 1 + 1e-4)
    expect(ssim(plain(0.5), plain(1), { range: 1 })).toBeCloseTo(1.0001 / 1.2501, 10);
  });

  it('refuses pictures that hold no whole window', () => {
    expect(() => ssim(plain(0, 10), plain(0, 10), { range: 1 })).toThrow(ShapeError);
    expect(ssim(plain(0, 10), plain(0, 10), { range: 1, border: 'reflect' })).toBe(1);
  });
});
