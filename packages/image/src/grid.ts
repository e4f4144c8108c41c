import { OptionError, ShapeError } from '@nextx/core';
import { assertPixels, toRgb, type Pixels } from './pixels.ts';

/** How a contact sheet is laid out. */
export interface ImageGridOptions {
  /** Pictures in a row. @defaultValue the smallest whole number whose square holds all pictures */
  readonly columns?: number;
  /** White pixels between neighbors, after enlarging. @defaultValue 2 */
  readonly gap?: number;
  /** Whole number by which every pixel is repeated in both directions. @defaultValue 1 */
  readonly scale?: number;
}

/**
 * One sheet of many pictures of equal size, row by row, on white.
 *
 * @returns Grey if all pictures are, else RGB (alpha is put on white).
 * @throws {OptionError} for no pictures, or an option that is no whole number in its range.
 * @throws {ShapeError} if the sizes differ.
 */
export function imageGrid(images: readonly Pixels[], options: ImageGridOptions = {}): Pixels {
  if (images.length === 0) {
    throw new OptionError('imageGrid: needs at least one picture, got none. Generate some first.');
  }
  const { columns = Math.ceil(Math.sqrt(images.length)), gap = 2, scale = 1 } = options;
  assertWhole('columns', columns, 1);
  assertWhole('gap', gap, 0);
  assertWhole('scale', scale, 1);
  const { width, height } = images[0];
  for (const [i, image] of images.entries()) {
    assertPixels(`imageGrid: picture ${i}`, image);
    if (image.width !== width || image.height !== height) {
      throw new ShapeError(
        `imageGrid: all pictures must be ${width} x ${height} as the first, picture ${i} is ` +
          `${image.width} x ${image.height}. Resize it.`,
      );
    }
  }
  const channels = images.every((image) => image.channels === 1) ? 1 : 3;
  const used = Math.min(columns, images.length);
  const rows = Math.ceil(images.length / columns);
  const sheetWidth = used * (width * scale + gap) - gap;
  const sheetHeight = rows * (height * scale + gap) - gap;
  const data = new Uint8Array(sheetWidth * sheetHeight * channels).fill(255);
  const sheet: Pixels = { width: sheetWidth, height: sheetHeight, channels, data };
  for (const [i, image] of images.entries()) {
    const x = (i % columns) * (width * scale + gap);
    const y = Math.floor(i / columns) * (height * scale + gap);
    paste(sheet, channels === 1 ? image : toRgb(image), { x, y, scale });
  }
  return sheet;
}

function paste(
  sheet: Pixels,
  image: Pixels,
  { x, y, scale }: { readonly x: number; readonly y: number; readonly scale: number },
): void {
  const { channels } = sheet;
  for (let row = 0; row < image.height * scale; row++) {
    const from = Math.floor(row / scale) * image.width * channels;
    const to = ((y + row) * sheet.width + x) * channels;
    for (let column = 0; column < image.width * scale; column++) {
      const source = from + Math.floor(column / scale) * channels;
      sheet.data.set(image.data.subarray(source, source + channels), to + column * channels);
    }
  }
}

function assertWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new OptionError(
      `imageGrid: ${name} must be a whole number of at least ${least}, got ${value}.`,
    );
  }
}
