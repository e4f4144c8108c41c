import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../pixels.ts';
import { scoreTokenizer } from './tokenizer-benchmark.ts';

describe('scoreTokenizer', () => {
  it('averages PSNR over pictures and counts bits per pixel', () => {
    const dot = (value: number): Pixels => ({
      width: 1,
      height: 1,
      channels: 1,
      data: Uint8Array.of(value),
    });

    const score = scoreTokenizer({
      originals: [dot(0), dot(0)],
      reconstructions: [dot(255), dot(0)],
      ids: [0, 1, 2, 3],
      codes: 4,
    });

    expect(score).toMatchObject({ psnr: 50, tokensPerPicture: 2, bitsPerPixel: 4, used: 1 });
  });

  it('refuses a list without reconstructions', () => {
    const pixels: Pixels = { width: 1, height: 1, channels: 1, data: Uint8Array.of(0) };

    expect(() =>
      scoreTokenizer({ originals: [pixels], reconstructions: [], ids: [0], codes: 2 }),
    ).toThrow(ShapeError);
  });
});
