import type { PictureCodec, RgbPicture } from './picture-codec.ts';

/** What a codec makes of a picture under a budget. */
export interface CodecResult {
  readonly codec: 'jpeg' | 'webp';
  /** 0 to 100. */
  readonly quality: number;
  /** Size of the whole file. */
  readonly bytes: number;
  /** Size without container, header and tables, which a decoder could know beforehand as it knows a model. */
  readonly payloadBytes: number;
  /** In dB over all values of the picture; Infinity for no error. */
  readonly psnr: number;
  /** Whether even the worst quality is above the budget; then the result is that of the worst quality. */
  readonly isOverBudget: boolean;
}

/** What counts against the budget: the whole file, or the picture's own bytes. */
export interface CodecBudget {
  readonly targetBytes: number;
  /** @defaultValue `'file'` */
  readonly counting?: 'file' | 'payload';
}

/**
 * Encodes a picture at the highest quality whose size is within a budget, found by halving the range of qualities.
 *
 * @throws {RangeError} if `targetBytes` is not a positive number.
 */
export async function codecAtBytes(
  codec: PictureCodec,
  picture: RgbPicture,
  { targetBytes, counting = 'file' }: CodecBudget,
): Promise<CodecResult> {
  if (!(targetBytes > 0)) {
    throw new RangeError(`codecAtBytes: targetBytes must be above 0, got ${targetBytes}.`);
  }
  const sizeOf = (bytes: Uint8Array) => (counting === 'file' ? bytes.length : codec.payload(bytes));
  let quality = 0;
  let best = await codec.encode(picture, 0);
  const isOverBudget = sizeOf(best) > targetBytes;
  let above = isOverBudget ? 1 : 101;
  while (above - quality > 1) {
    const middle = (quality + above) >> 1;
    const bytes = await codec.encode(picture, middle);
    if (sizeOf(bytes) <= targetBytes) {
      quality = middle;
      best = bytes;
    } else {
      above = middle;
    }
  }
  const decoded = await codec.decode(best);
  return {
    codec: codec.name,
    quality,
    bytes: best.length,
    payloadBytes: codec.payload(best),
    psnr: decibels(picture.data, decoded.data),
    isOverBudget,
  };
}

function decibels(a: Uint8Array, b: Uint8Array): number {
  const squares = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
  return 10 * Math.log10((255 * 255 * a.length) / squares);
}
