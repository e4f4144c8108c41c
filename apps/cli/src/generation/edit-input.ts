import { readFile } from 'node:fs/promises';
import { OptionError, ResourceError, ShapeError } from '@nextx/core';
import { cropSquare, decodeImage, encodePng, toGrey, toRgb } from '@nextx/image';
import type { Pixels } from '@nextx/image';
import { UsageError } from '../terminal/usage-error.ts';
import type { PictureRecord } from './picture-record.ts';

/** A picture to change and where, of the model's size. */
export interface EditInput {
  readonly image: Pixels;
  /** White where it is made anew. */
  readonly mask: Pixels;
}

/** What the command line says of an edit. */
export interface EditRequest {
  readonly image?: string;
  readonly mask?: string;
  /** Pixels at each edge that are made anew, instead of a mask. */
  readonly border?: number;
}

/**
 * Reads picture and mask, and brings both to the model's size.
 *
 * @param shape  The model's height, width and channels.
 * @param note  Told what was changed on the way in.
 * @returns `undefined` where nothing is edited.
 * @throws {UsageError} if one is given without the other.
 * @throws {ShapeError} if the mask is not of the picture's size.
 */
export async function readEditInput(
  { image, mask, border }: EditRequest,
  shape: readonly [number, number, number],
  note: (text: string) => void,
): Promise<EditInput | undefined> {
  if (image === undefined) {
    if (mask === undefined && border === undefined) return undefined;
    throw new UsageError('--mask and --border need --image FILE, the picture to change.');
  }
  if ((mask === undefined) === (border === undefined)) {
    throw new UsageError('--image needs either --mask FILE (white is made anew) or --border N.');
  }
  const [height, width, channels] = shape;
  const picture = await readPicture(image);
  const fitted = fit(picture, width, (text) => note(`${image}: ${text}`));
  const colored = channels === 1 ? toGrey(fitted) : toRgb(fitted);
  if (mask === undefined) return { image: colored, mask: borderMask(width, height, border ?? 0) };
  const drawn = await readPicture(mask);
  if (drawn.width !== picture.width || drawn.height !== picture.height) {
    throw new ShapeError(
      `${mask}: the mask must have the picture's size ${picture.width} x ${picture.height}, got ${drawn.width} x ${drawn.height}. Resize one of them.`,
    );
  }
  return { image: colored, mask: toGrey(fit(drawn, width, () => undefined)) };
}

/** The edit for a file's record. */
export function editRecord({ image, mask }: EditInput): NonNullable<PictureRecord['edit']> {
  return { image: base64Of(image), mask: base64Of(mask) };
}

/** The edit of a file's record. */
export function editOfRecord({ image, mask }: NonNullable<PictureRecord['edit']>): EditInput {
  return { image: pictureOf(image), mask: pictureOf(mask) };
}

async function readPicture(file: string): Promise<Pixels> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new ResourceError(
      `${file}: must be a readable picture, it is not. Check the path.`,
      isMissing ? 'NOT_FOUND' : 'IO',
      cause,
    );
  }
  return decodeImage(bytes).pixels;
}

function fit(pixels: Pixels, size: number, note: (text: string) => void): Pixels {
  if (pixels.width === size && pixels.height === size) return pixels;
  note(`resized and cropped from ${pixels.width} x ${pixels.height} to ${size} x ${size}`);
  return cropSquare(pixels, { size });
}

function borderMask(width: number, height: number, border: number): Pixels {
  if (2 * border >= Math.min(width, height) || border < 1) {
    throw new OptionError(
      `--border must be from 1 to ${Math.ceil(Math.min(width, height) / 2) - 1} pixels of ${width} x ${height}, got ${border}.`,
    );
  }
  const isInside = (at: number, size: number) => at >= border && at < size - border;
  const data = Uint8Array.from({ length: width * height }, (_, index) =>
    isInside(index % width, width) && isInside(Math.floor(index / width), height) ? 0 : 255,
  );
  return { width, height, channels: 1, data };
}

function base64Of(pixels: Pixels): string {
  return Buffer.from(encodePng(pixels)).toString('base64');
}

function pictureOf(base64: string): Pixels {
  return decodeImage(new Uint8Array(Buffer.from(base64, 'base64'))).pixels;
}
