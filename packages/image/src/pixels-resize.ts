import { OptionError } from '@nextx/core';
import { assertPixels, type Pixels } from './pixels.ts';

/** How neighboring pixels are weighed: plain mean, cubic with a = -0.75, or Lanczos with three lobes. */
export type ResizeMethod = 'area' | 'bicubic' | 'lanczos';

interface Kernel {
  /** Half of the kernel's width, in source pixels at scale 1. */
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const kernels: Readonly<Record<ResizeMethod, Kernel>> = {
  area: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** One axis: output pixel `i` is centered at `(i + offset + 0.5) * scale` in the source. */
interface Axis {
  readonly outputs: number;
  readonly scale: number;
  readonly offset: number;
}

/**
 * Resizes to an exact size. Kernels widen when shrinking, so nothing is skipped; colors are weighed by alpha.
 *
 * @param method  @defaultValue `'area'` when both sides shrink or stay, else `'bicubic'`
 * @throws {OptionError} if width or height is no whole number from 1 to 32768.
 */
export function resizePixels(
  pixels: Pixels,
  {
    width,
    height,
    method = width <= pixels.width && height <= pixels.height ? 'area' : 'bicubic',
  }: { readonly width: number; readonly height: number; readonly method?: ResizeMethod },
): Pixels {
  assertPixels('resizePixels', pixels);
  assertSide('resizePixels: width', width);
  assertSide('resizePixels: height', height);
  const horizontal = { outputs: width, scale: pixels.width / width, offset: 0 };
  const vertical = { outputs: height, scale: pixels.height / height, offset: 0 };
  return resample(pixels, { horizontal, vertical, kernel: kernels[method] });
}

/** How a picture is made square. */
export interface CropOptions {
  /** Side of the square that comes out. */
  readonly size: number;
  /** The shorter edge is resized to this before cropping; VAR trains with `round(1.125 * size)`. @defaultValue `size` */
  readonly shorterEdge?: number;
  /** Place of the square, 0 left to 1 right; draw it for a random crop. @defaultValue 0.5 */
  readonly cropX?: number;
  /** Place of the square, 0 top to 1 bottom. @defaultValue 0.5 */
  readonly cropY?: number;
  /** @defaultValue `'lanczos'` */
  readonly method?: ResizeMethod;
}

/**
 * Resizes the shorter edge and cuts a square out, computing only the pixels of the square: also a
 * 1 x 10000 picture takes no more memory than the result.
 *
 * @throws {OptionError} if a size is no whole number from 1 to 32768, the square is larger than the shorter edge, or a place is outside 0 .. 1.
 */
export function cropSquare(pixels: Pixels, options: CropOptions): Pixels {
  const { size, shorterEdge = size, cropX = 0.5, cropY = 0.5, method = 'lanczos' } = options;
  assertPixels('cropSquare', pixels);
  assertSide('cropSquare: size', size);
  assertSide('cropSquare: shorterEdge', shorterEdge);
  if (shorterEdge < size || !(cropX >= 0 && cropX <= 1) || !(cropY >= 0 && cropY <= 1)) {
    throw new OptionError(
      `cropSquare: shorterEdge must be at least size and cropX, cropY within 0 .. 1, got shorterEdge ` +
        `${shorterEdge}, size ${size}, cropX ${cropX}, cropY ${cropY}.`,
    );
  }
  const ratio = shorterEdge / Math.min(pixels.width, pixels.height);
  const fullWidth = Math.max(size, Math.round(pixels.width * ratio));
  const fullHeight = Math.max(size, Math.round(pixels.height * ratio));
  return resample(pixels, {
    horizontal: {
      outputs: size,
      scale: pixels.width / fullWidth,
      offset: place(fullWidth - size, cropX),
    },
    vertical: {
      outputs: size,
      scale: pixels.height / fullHeight,
      offset: place(fullHeight - size, cropY),
    },
    kernel: kernels[method],
  });
}

/** One of `room + 1` places, each as likely as the others when `at` is uniform. */
function place(room: number, at: number): number {
  return Math.max(0, Math.ceil((room + 1) * at) - 1);
}

function resample(
  pixels: Pixels,
  parts: { readonly horizontal: Axis; readonly vertical: Axis; readonly kernel: Kernel },
): Pixels {
  const { width, height, channels } = pixels;
  const columns = parts.horizontal.outputs;
  const rows = parts.vertical.outputs;
  const source = channels === 4 ? premultiplied(pixels) : pixels.data;
  const xWeights = axisWeights(parts.horizontal, width, parts.kernel);
  const yWeights = axisWeights(parts.vertical, height, parts.kernel);
  const firstRow = Math.min(...yWeights.map(({ first }) => first));
  const lastRow = Math.max(...yWeights.map(({ first, weights }) => first + weights.length));
  // Pillow rounds and clamps between its two passes; so does this, to give the same pictures.
  const wideSize = (lastRow - firstRow) * columns * channels;
  const wide = channels === 4 ? new Float64Array(wideSize) : new Uint8ClampedArray(wideSize);
  for (let y = firstRow; y < lastRow; y++) {
    for (let x = 0; x < columns; x++) {
      const { first, weights } = xWeights[x];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k] * source[(y * width + first + k) * channels + c];
        }
        wide[((y - firstRow) * columns + x) * channels + c] = sum;
      }
    }
  }
  const stride = columns * channels;
  const result = new Float64Array(rows * stride);
  for (let y = 0; y < rows; y++) {
    const { first, weights } = yWeights[y];
    for (let i = 0; i < stride; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += weights[k] * wide[(first - firstRow + k) * stride + i];
      result[y * stride + i] = sum;
    }
  }
  return { width: columns, height: rows, channels, data: toBytes(result, channels) };
}

function axisWeights(
  { outputs, scale, offset }: Axis,
  inputs: number,
  { support, weight }: Kernel,
): { readonly first: number; readonly weights: Float64Array }[] {
  const stretch = Math.max(1, scale);
  return Array.from({ length: outputs }, (_, i) => {
    const center = (i + offset + 0.5) * scale;
    const first = Math.min(inputs - 1, Math.max(0, Math.floor(center - support * stretch + 0.5)));
    const end = Math.min(inputs, Math.max(first + 1, Math.floor(center + support * stretch + 0.5)));
    const weights = Float64Array.from({ length: end - first }, (__, k) =>
      weight((first + k + 0.5 - center) / stretch),
    );
    const total = weights.reduce((sum, value) => sum + value, 0);
    return {
      first,
      weights:
        total === 0 ? weights.fill(1 / weights.length) : weights.map((value) => value / total),
    };
  });
}

function premultiplied({ data }: Pixels): Float32Array {
  const values = Float32Array.from(data);
  for (let i = 0; i < values.length; i += 4) {
    for (let c = 0; c < 3; c++) values[i + c] *= values[i + 3] / 255;
  }
  return values;
}

function toBytes(values: Float64Array, channels: number): Uint8Array {
  if (channels === 4) {
    for (let i = 0; i < values.length; i += 4) {
      const alpha = values[i + 3];
      for (let c = 0; c < 3; c++) values[i + c] = alpha > 0 ? (values[i + c] * 255) / alpha : 0;
    }
  }
  return Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value))));
}

function cubic(x: number): number {
  const a = -0.75;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function assertSide(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1 || value > 32_768) {
    throw new OptionError(`${name} must be a whole number from 1 to 32768, got ${value}.`);
  }
}
