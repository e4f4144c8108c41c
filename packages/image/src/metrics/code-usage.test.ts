import { OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../pixels.ts';
import { codeUsage } from './code-usage.ts';
import { scoreTokenizer } from './tokenizer-benchmark.ts';

describe('codeUsage', () => {
  it('has the perplexity of two equally used codes', () => {
    const { used, perplexity } = codeUsage([0, 3, 0, 3], 8);

    expect(used).toBe(0.25);
    expect(perplexity).toBeCloseTo(2, 12);
  });

  it('refuses ids outside the codebook', () => {
    expect(() => codeUsage([8], 8)).toThrow(OptionError);
    expect(() => codeUsage([], 8)).toThrow(OptionError);
  });
});

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
});
