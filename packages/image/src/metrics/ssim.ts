import { ShapeError } from '@nextx/core';

/** A picture of numbers, `[H, W, C]` row-major. */
export interface FloatPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/** How SSIM meets the picture's border. */
export type SsimBorder = 'valid' | 'reflect';

const taps = 11;
const half = 5;
const window: readonly number[] = gaussianWindow(1.5);

/**
 * Structural similarity (Wang et al. 2004): Gaussian window of 11 taps, sigma 1.5, K1 0.01, K2 0.03, per channel, mean.
 *
 * @param options  `range`: distance from black to white: 1 for values in [0, 1], 2 for [-1, 1], 255 for bytes.
 *   `border`: `valid`, the default, uses only whole windows; `reflect` mirrors 5 pixels at each side and averages every pixel, as some libraries do.
 * @returns 1 for equal pictures.
 * @throws {ShapeError} if sizes differ, or a side is below 11 (valid) or 6 (reflect).
 */
export function ssim(
  a: FloatPicture,
  b: FloatPicture,
  { range, border = 'valid' }: { readonly range: number; readonly border?: SsimBorder },
): number {
  const { width, height, channels } = a;
  const least = border === 'valid' ? taps : half + 1;
  const sameSize = b.width === width && b.height === height && b.channels === channels;
  if (!sameSize || width < least || height < least) {
    throw new ShapeError(
      `ssim: both pictures must have one size of at least ${least} x ${least}, got ` +
        `${width} x ${height} x ${channels} and ${b.width} x ${b.height} x ${b.channels}.`,
    );
  }
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    sum += planeSsim(plane(a, channel, border), plane(b, channel, border), range);
  }
  return sum / channels;
}

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

function planeSsim(a: Plane, b: Plane, range: number): number {
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  const meanA = smooth(a);
  const meanB = smooth(b);
  const squareA = smooth(product(a, a));
  const squareB = smooth(product(b, b));
  const cross = smooth(product(a, b));
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const varianceA = squareA[i] - meanA[i] ** 2;
    const varianceB = squareB[i] - meanB[i] ** 2;
    const covariance = cross[i] - meanA[i] * meanB[i];
    const luminance = (2 * meanA[i] * meanB[i] + c1) / (meanA[i] ** 2 + meanB[i] ** 2 + c1);
    sum += (luminance * (2 * covariance + c2)) / (varianceA + varianceB + c2);
  }
  return sum / meanA.length;
}

/** Weighted means of all whole windows, `[H - 10, W - 10]`. */
function smooth({ width, height, data }: Plane): Float64Array {
  const columns = width - taps + 1;
  const rows = height - taps + 1;
  const wide = new Float64Array(height * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      for (let k = 0; k < taps; k++) wide[y * columns + x] += window[k] * data[y * width + x + k];
    }
  }
  const means = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let k = 0; k < taps; k++)
        means[y * columns + x] += window[k] * wide[(y + k) * columns + x];
    }
  }
  return means;
}

function plane(
  { width, height, channels, data }: FloatPicture,
  channel: number,
  border: SsimBorder,
): Plane {
  const pad = border === 'reflect' ? half : 0;
  const columns = width + 2 * pad;
  const rows = height + 2 * pad;
  const values = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const row = mirrored(y - pad, height) * width;
    for (let x = 0; x < columns; x++) {
      values[y * columns + x] = data[(row + mirrored(x - pad, width)) * channels + channel];
    }
  }
  return { width: columns, height: rows, data: values };
}

function mirrored(at: number, size: number): number {
  const inside = Math.abs(at);
  return inside < size ? inside : 2 * (size - 1) - inside;
}

function product(a: Plane, b: Plane): Plane {
  return { ...a, data: a.data.map((value, i) => value * b.data[i]) };
}

function gaussianWindow(sigma: number): number[] {
  const weights = Array.from({ length: taps }, (_, i) =>
    Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
}
