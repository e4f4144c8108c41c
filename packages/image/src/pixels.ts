import { DataError, NumericError, ShapeError } from '@nextx/core';

/** A picture at the edges of nextx: 8 bits a value, rows from the top, channels interleaved. */
export interface Pixels {
  /** Columns, at least 1. */
  readonly width: number;
  /** Rows, at least 1. */
  readonly height: number;
  /** 1 is grey, 3 is RGB, 4 is RGB with straight (not premultiplied) alpha. */
  readonly channels: 1 | 3 | 4;
  /** `height * width * channels` values, 0 to 255. */
  readonly data: Uint8Array;
}

/**
 * Checks that a picture's sizes and its data fit each other.
 *
 * @param where  Name of the caller, which begins the message.
 * @throws {DataError} BAD_INPUT for a size below 1 or another number of channels than 1, 3, 4.
 * @throws {ShapeError} if the data has another length than `height * width * channels`.
 */
export function assertPixels(where: string, { width, height, channels, data }: Pixels): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new DataError(
      `${where}: a picture must be at least 1 x 1, got ${width} x ${height}. Leave empty pictures out.`,
      'BAD_INPUT',
    );
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new DataError(
      `${where}: channels must be 1, 3 or 4, got ${String(channels)}. Convert the picture first.`,
      'BAD_INPUT',
    );
  }
  if (data.length !== width * height * channels) {
    throw new ShapeError(
      `${where}: ${width} x ${height} x ${channels} needs ${width * height * channels} bytes, ` +
        `got ${data.length}. Pass the data of the same picture.`,
    );
  }
}

/**
 * The picture as a model sees it: `x / 127.5 - 1`.
 *
 * @returns `[H, W, C]` row-major, in [-1, 1].
 * @throws {ShapeError} if data and sizes do not fit.
 */
export function pixelsToFloats(pixels: Pixels): Float32Array {
  assertPixels('pixelsToFloats', pixels);
  return Float32Array.from(pixels.data, (value) => value / 127.5 - 1);
}

/**
 * A model's picture as bytes: `round((x + 1) * 127.5)`, clamped to 0 .. 255, so that bytes survive the way there and back.
 *
 * @param floats  `[H, W, C]` row-major, nominally in [-1, 1].
 * @throws {NumericError} if a value is NaN or infinite.
 * @throws {ShapeError} if `floats` has another length than `height * width * channels`.
 */
export function floatsToPixels(
  floats: Float32Array,
  size: Pick<Pixels, 'width' | 'height' | 'channels'>,
): Pixels {
  const data = new Uint8Array(floats.length);
  for (let i = 0; i < floats.length; i++) {
    const value = floats[i];
    if (!Number.isFinite(value)) {
      throw new NumericError(
        `floatsToPixels: every value must be finite, value ${i} is ${value}. ` +
          `Check the model's weights and the sampling settings.`,
      );
    }
    data[i] = Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));
  }
  const pixels: Pixels = { ...size, data };
  assertPixels('floatsToPixels', pixels);
  return pixels;
}

/**
 * Grey picture by the luma of ITU-R BT.601, `0.299 R + 0.587 G + 0.114 B`, rounded. Alpha is put on white first.
 *
 * @returns One channel; the picture itself when it is grey already.
 */
export function toGrey(pixels: Pixels): Pixels {
  if (pixels.channels === 1) return pixels;
  const { width, height, data } = toRgb(pixels);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = Math.round(0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2]);
  }
  return { width, height, channels: 1, data: grey };
}

/**
 * RGB picture: grey is repeated three times, alpha is put on white.
 *
 * @returns Three channels; the picture itself when it is RGB already.
 */
export function toRgb(pixels: Pixels): Pixels {
  assertPixels('toRgb', pixels);
  if (pixels.channels === 3) return pixels;
  if (pixels.channels === 4) return compositeAlpha(pixels, 'white');
  const data = new Uint8Array(pixels.data.length * 3);
  for (let i = 0; i < pixels.data.length; i++) data.fill(pixels.data[i], 3 * i, 3 * i + 3);
  return { width: pixels.width, height: pixels.height, channels: 3, data };
}

/**
 * Puts an RGBA picture on a plain background: `round(a * color + (1 - a) * background)`.
 *
 * @returns Three channels; a picture without alpha comes back as it is.
 */
export function compositeAlpha(pixels: Pixels, background: 'white' | 'black'): Pixels {
  assertPixels('compositeAlpha', pixels);
  if (pixels.channels !== 4) return pixels;
  const { width, height, data } = pixels;
  const behind = background === 'white' ? 255 : 0;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[4 * i + 3] / 255;
    for (let c = 0; c < 3; c++) {
      rgb[3 * i + c] = Math.round(alpha * data[4 * i + c] + (1 - alpha) * behind);
    }
  }
  return { width, height, channels: 3, data: rgb };
}
