import { DataError, UnsupportedError } from '@nextx/core';
import { assertPictureSize } from './pixels-limit.ts';

/** What the IHDR chunk of a PNG file says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of one sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

const samplesPerPixel: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);
const depths: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

/**
 * Reads IHDR and refuses sizes and combinations that cannot be right, before anything is allocated.
 *
 * @param data  The 13 bytes of the chunk.
 * @throws {DataError} FORMAT for a header that no PNG has; LIMIT for more than `maxPixels` pixels.
 * @throws {UnsupportedError} for an interlaced picture of fewer than 8 bits.
 */
export function readPngHeader(data: Uint8Array, maxPixels: number): PngHeader {
  if (data.length !== 13) {
    throw new DataError(
      `decodePng: IHDR must have 13 bytes, it has ${data.length}. The file is damaged.`,
    );
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth, colorType, compression, filter, interlace] = data.subarray(8);
  assertPictureSize('decodePng', { width, height }, maxPixels);
  const known = depths.get(colorType)?.includes(depth) ?? false;
  if (!known || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new DataError(
      `decodePng: the header must name a known kind of PNG, got depth ${depth}, color type ${colorType}, ` +
        `compression ${compression}, filter ${filter}, interlace ${interlace}. The file is damaged.`,
    );
  }
  if (interlace === 1 && depth < 8) {
    throw new UnsupportedError(
      `decodePng: interlaced pictures must have 8 or 16 bits, this one has ${depth}. Save it without interlacing.`,
    );
  }
  return { width, height, depth, colorType, interlaced: interlace === 1 };
}

/** Bytes of the inflated picture data, one filter byte before each row; exact, so that anything else is refused. */
export function rawPngBytes({ width, height, depth, colorType, interlaced }: PngHeader): number {
  const bits = depth * (samplesPerPixel.get(colorType) ?? 0);
  const passes = interlaced
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 0, 1, 1]];
  let total = 0;
  for (const [x, y, xStep, yStep] of passes) {
    const columns = Math.ceil((width - x) / xStep);
    const rows = Math.ceil((height - y) / yStep);
    if (columns > 0 && rows > 0) total += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return total;
}
