import { DataError } from '@nextx/core';
import jpeg from 'jpeg-js';
import { fileKind } from './pixels-kind.ts';
import { assertPictureSize, defaultMaxPixels } from './pixels-limit.ts';
import type { Pixels } from './pixels.ts';

/**
 * Reads a JPEG file. Its size is checked from the header, before anything is decoded.
 *
 * @returns Three channels, grey pictures included.
 * @throws {DataError} FORMAT if it is no JPEG, is cut or damaged; LIMIT for more than `maxPixels` pixels.
 */
export function decodeJpeg(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { readonly maxPixels?: number } = {},
): Pixels {
  const { width, height } = frameSize(bytes);
  assertPictureSize('decodeJpeg', { width, height }, maxPixels);
  const data = decodeRgb(bytes, maxPixels);
  if (data.length !== width * height * 3) {
    throw new DataError(
      `decodeJpeg: ${width} x ${height} needs ${width * height * 3} values, the file gives ${data.length}. ` +
        `Save the picture again.`,
    );
  }
  return { width, height, channels: 3, data };
}

function decodeRgb(bytes: Uint8Array, maxPixels: number): Uint8Array {
  try {
    const { data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: 1024,
    });
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    const isLimit = reason.includes('limit exceeded');
    throw new DataError(
      `decodeJpeg: the picture must be whole and within the limits, ${reason}. ` +
        (isLimit ? 'Make it smaller.' : 'Download the file again.'),
      isLimit ? 'LIMIT' : 'FORMAT',
      cause,
    );
  }
}

/** Walks the segments up to the frame header (SOF) and reads the size there. */
function frameSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    throw new DataError(
      `decodeJpeg: a JPEG file must begin with its signature, this is a ${fileKind(bytes)}. ` +
        `Give a JPEG file, or check where the file came from.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    const length = view.getUint16(at + 2);
    if (length < 2 || marker === 0xda) break;
    at += 2 + length;
  }
  throw new DataError(
    `decodeJpeg: a frame header must come before the picture data, none was found up to byte ${at} of ` +
      `${bytes.length}. The file looks incomplete: download it again.`,
  );
}
