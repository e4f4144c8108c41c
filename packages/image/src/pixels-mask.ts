import { DataError, ShapeError } from '@nextx/core';
import { decodeImage } from './pixels-decode.ts';
import { toGrey, type Pixels } from './pixels.ts';

/** Which pixels are to be made anew. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** `[H, W]` row-major: 1 is made anew, 0 is kept. */
  readonly data: Uint8Array;
}

/**
 * Reads a mask from a picture: pixels of 128 or brighter are made anew, darker ones kept; alpha is put on white.
 *
 * @param bytes  A PNG or JPEG file.
 * @throws {DataError} as `decodeImage` does.
 */
export function readMask(bytes: Uint8Array): Mask {
  return maskOf(decodeImage(bytes).pixels);
}

/** The mask that a picture draws: 1 where its grey value is 128 or more. */
function maskOf(pixels: Pixels): Mask {
  const { width, height, data } = toGrey(pixels);
  return { width, height, data: data.map((value) => (value >= 128 ? 1 : 0)) };
}

/**
 * Checks that a mask covers exactly one picture and holds only 0 and 1.
 *
 * @throws {ShapeError} if the sizes differ.
 * @throws {DataError} BAD_INPUT for another value than 0 or 1.
 */
export function assertMask(mask: Mask, pixels: Pick<Pixels, 'width' | 'height'>): void {
  const fits = mask.width === pixels.width && mask.height === pixels.height;
  if (!fits || mask.data.length !== mask.width * mask.height) {
    throw new ShapeError(
      `mask: must have the picture's size ${pixels.width} x ${pixels.height}, got ` +
        `${mask.width} x ${mask.height} with ${mask.data.length} values. Resize one of them.`,
    );
  }
  const bad = mask.data.findIndex((value) => value > 1);
  if (bad >= 0) {
    throw new DataError(
      `mask: values must be 0 (keep) or 1 (make anew), value ${bad} is ${mask.data[bad]}. Use maskOf.`,
      'BAD_INPUT',
    );
  }
}
