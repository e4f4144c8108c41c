import type { Pixels } from '../pixels.ts';
import { ShapeError } from '@nextx/core';
import { codeUsage, type CodeUsage } from './code-usage.ts';
import { psnr } from './psnr.ts';
import { ssim } from './ssim.ts';

/** What a tokenizer makes of a test split. */
export interface TokenizedPictures {
  readonly originals: readonly Pixels[];
  /** `decode(encode(original))` of each, of the same size. */
  readonly reconstructions: readonly Pixels[];
  /** Ids of all pictures, one after the other. */
  readonly ids: ArrayLike<number>;
  /** Entries of the codebook. */
  readonly codes: number;
}

/** The scores of a tokenizer, all on the test split. */
export interface TokenizerScore extends CodeUsage {
  readonly pictures: number;
  readonly tokensPerPicture: number;
  /** Tokens x log2(codes) / pixels. */
  readonly bitsPerPixel: number;
  /** Mean over pictures, in dB; a picture without any error counts as 100. */
  readonly psnr: number;
  /** Mean over pictures; NaN for pictures below 11 x 11. */
  readonly ssim: number;
}

/**
 * Scores reconstructions and tokens of a test split.
 *
 * @throws {ShapeError} if pictures are missing or do not fit each other.
 * @throws {OptionError} RANGE for an id outside the codebook.
 */
export function scoreTokenizer(tokenized: TokenizedPictures): TokenizerScore {
  const { originals, reconstructions, ids, codes } = tokenized;
  if (originals.length !== reconstructions.length || originals.length === 0) {
    throw new ShapeError(
      `scoreTokenizer: needs one reconstruction for each picture, got ${originals.length} and ${reconstructions.length}.`,
    );
  }
  const { width, height } = originals[0];
  const tokensPerPicture = ids.length / originals.length;
  const isLarge = Math.min(width, height) >= 11;
  let psnrSum = 0;
  let ssimSum = 0;
  for (const [i, original] of originals.entries()) {
    const made = reconstructions[i];
    psnrSum += Math.min(100, psnr(original.data, made.data, 255));
    ssimSum += isLarge ? ssim(original, made, { range: 255 }) : NaN;
  }
  return {
    pictures: originals.length,
    tokensPerPicture,
    bitsPerPixel: (tokensPerPicture * Math.log2(codes)) / (width * height),
    psnr: psnrSum / originals.length,
    ssim: ssimSum / originals.length,
    ...codeUsage(ids, codes),
  };
}
