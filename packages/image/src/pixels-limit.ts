import { DataError } from '@nextx/core';

/** Default limit of pictures that are read: 100 megapixels. */
export const defaultMaxPixels = 100e6;

/**
 * Refuses the size that a file's header claims, before anything is allocated.
 *
 * @param where  The reader, for messages.
 * @throws {DataError} FORMAT for a side of 0; LIMIT for more than `maxPixels` pixels.
 */
export function assertPictureSize(
  where: string,
  { width, height }: { readonly width: number; readonly height: number },
  maxPixels: number,
): void {
  if (width < 1 || height < 1) {
    throw new DataError(
      `${where}: a picture must be at least 1 x 1, the header says ${width} x ${height}. Leave it out.`,
    );
  }
  if (width * height > maxPixels) {
    throw new DataError(
      `${where}: a picture may have at most ${maxPixels} pixels, the header says ${width} x ${height}. ` +
        `Make it smaller, or raise maxPixels if the memory allows it.`,
      'LIMIT',
    );
  }
}
