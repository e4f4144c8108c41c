import { DataError, UnsupportedError } from '@nextx/core';
import { decodeJpeg } from './jpeg.ts';
import { fileKind } from './pixels-kind.ts';
import { decodePng, type DecodedPicture } from './png.ts';

/**
 * Reads a PNG or JPEG file, whatever its name says.
 *
 * @param options  `maxPixels`: refuse larger pictures; 100 megapixels unless told otherwise.
 * @throws {DataError} FORMAT if it is no picture, is cut or damaged; LIMIT if it is too large; EMPTY for no bytes.
 * @throws {UnsupportedError} for pictures of another kind (GIF, WebP, AVIF, ...), named in the message.
 */
export function decodeImage(
  bytes: Uint8Array,
  options: { readonly maxPixels?: number } = {},
): DecodedPicture {
  const kind = fileKind(bytes);
  if (kind === 'PNG picture') return decodePng(bytes, options);
  if (kind === 'JPEG picture') return { pixels: decodeJpeg(bytes, options), text: new Map() };
  if (kind === 'empty file') {
    throw new DataError('decodeImage: a picture must have bytes, got an empty file.', 'EMPTY');
  }
  if (/picture|drawing|video/.test(kind)) {
    throw new UnsupportedError(
      `decodeImage: a picture must be PNG or JPEG, this is a ${kind}. Convert it to PNG first.`,
    );
  }
  throw new DataError(
    `decodeImage: a picture must be PNG or JPEG, this is a ${kind}. Check where the file came from.`,
  );
}
