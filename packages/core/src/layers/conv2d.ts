import {
  add,
  concat,
  conv2d as convolve,
  conv2dTranspose,
  customGrad,
  getBackend,
  getKernel,
  matMul,
  pad,
  reshape,
  stridedSlice,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';

/** Weights of a two-dimensional convolution. */
export type Conv2dParams = {
  /** `[kernel, kernel, C, E]` */
  weight: Tensor4D;
  /** `[E]` */
  bias: Tensor1D;
};

/** Sizes of a convolution. */
export interface Conv2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of the square kernel. @defaultValue 3 */
  readonly kernel?: number;
}

/** How the kernel moves over the picture. */
export interface Conv2dStride {
  /** @defaultValue 1 */
  readonly stride?: number;
  /** Zeros around the picture: `same` keeps its size at stride 1, `valid` adds none. @defaultValue 'same' */
  readonly padding?: 'same' | 'valid';
}

/** Initial weights: uniform in ±1/√fan-in, weight and bias, as PyTorch's default. */
export function initConv2d(
  { inChannels, outChannels, kernel = 3 }: Conv2dOptions,
  initializer: Initializer,
): Conv2dParams {
  const bound = 1 / Math.sqrt(inChannels * kernel * kernel);
  return {
    weight: initializer.uniform([kernel, kernel, inChannels, outChannels], bound) as Tensor4D,
    bias: initializer.uniform([outChannels], bound) as Tensor1D,
  };
}

/**
 * Convolution of pictures. On engines that lack the kernel of its filter's derivative (wasm), that derivative
 * is composed of slices and one matrix product.
 *
 * @param x  `[B, H, W, C]`; borrowed.
 * @returns `[B, H', W', E]`; owned by the caller.
 */
export function conv2d(
  { weight, bias }: Conv2dParams,
  x: Tensor4D,
  { stride = 1, padding = 'same' }: Conv2dStride = {},
): Tensor4D {
  const [kernel, , inChannels, outChannels] = weight.shape;
  return tidy(() => {
    if (kernel === 1 && stride === 1) {
      const [batch, height, width] = x.shape;
      const rows = matMul(
        reshape(x, [-1, inChannels]) as Tensor2D,
        reshape(weight, [inChannels, outChannels]) as Tensor2D,
      );
      return reshape(add(rows, bias), [batch, height, width, outChannels]);
    }
    const hasFilterGradient = getKernel('Conv2DBackpropFilter', getBackend()) !== undefined;
    const product = hasFilterGradient
      ? convolve(x, weight, stride, padding)
      : convolveByPatches(padLikeConv2d(x, kernel, stride, padding), weight, stride);
    return add(product, bias);
  });
}

/** Zeros on the sides as 'same' asks: half of the kernel's overhang first, the larger half last. */
function padLikeConv2d(
  x: Tensor4D,
  kernel: number,
  stride: number,
  padding: 'same' | 'valid',
): Tensor4D {
  if (padding === 'valid') return x;
  const sides = [x.shape[1], x.shape[2]].map((side): [number, number] => {
    const overhang = Math.max(0, (Math.ceil(side / stride) - 1) * stride + kernel - side);
    return [Math.floor(overhang / 2), Math.ceil(overhang / 2)];
  });
  return pad(x, [[0, 0], sides[0], sides[1], [0, 0]]);
}

/** A 'valid' convolution with both derivatives written out; the filter's is `patchesᵀ · dy`. */
function convolveByPatches(x: Tensor4D, weight: Tensor4D, stride: number): Tensor4D {
  const [kernel, , inChannels, outChannels] = weight.shape;
  const operation = customGrad((input, filter, save) => {
    const [values, taps] = [input as Tensor4D, filter as Tensor4D];
    (save as (tensors: Tensor[]) => void)([values, taps]);
    return {
      value: convolve(values, taps, stride, 'valid'),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [pictures, filters] = saved as Tensor4D[];
          const columns = patches(pictures, { kernel, stride });
          const rows = reshape(dy, [-1, outChannels]) as Tensor2D;
          return [
            conv2dTranspose(dy as Tensor4D, filters, pictures.shape, stride, 'valid'),
            reshape(matMul(columns, rows, true), [kernel, kernel, inChannels, outChannels]),
          ];
        }),
    };
  });
  return operation(x, weight) as Tensor4D;
}

/** Every window as a row: `[B · H' · W', kernel · kernel · C]`. */
function patches(
  x: Tensor4D,
  { kernel, stride }: { readonly kernel: number; readonly stride: number },
): Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const rows = Math.floor((height - kernel) / stride) + 1;
  const columns = Math.floor((width - kernel) / stride) + 1;
  const taps: Tensor4D[] = [];
  for (let row = 0; row < kernel; row++) {
    for (let column = 0; column < kernel; column++) {
      taps.push(
        stridedSlice(
          x,
          [0, row, column, 0],
          [batch, row + (rows - 1) * stride + 1, column + (columns - 1) * stride + 1, channels],
          [1, stride, stride, 1],
        ) as Tensor4D,
      );
    }
  }
  return reshape(concat(taps, 3), [-1, kernel * kernel * channels]) as Tensor2D;
}
