import {
  avgPool,
  customGrad,
  matMul,
  mul,
  reshape,
  tensor2d,
  tidy,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** A separable resize as one matrix a side: `out = W_rows · in · W_columnsᵀ`. `[to, from]`, row-major. */
export interface ResizeMatrix {
  readonly from: number;
  readonly to: number;
  readonly weights: Float32Array;
}

/** Area resize, that is adaptive average pooling: cell `i` averages rows `⌊i·from/to⌋ … ⌈(i+1)·from/to⌉ - 1`. */
export function areaMatrix(from: number, to: number): ResizeMatrix {
  const weights = new Float32Array(to * from);
  for (let cell = 0; cell < to; cell++) {
    const begin = Math.floor((cell * from) / to);
    const end = Math.ceil(((cell + 1) * from) / to);
    weights.fill(1 / (end - begin), cell * from + begin, cell * from + end);
  }
  return { from, to, weights };
}

/**
 * Bicubic resize by cubic convolution (Keys 1981) with a = -0.75, half-pixel centres, clamped borders and no
 * antialiasing, as PyTorch's `interpolate(mode='bicubic', align_corners=False)`.
 */
export function bicubicMatrix(from: number, to: number): ResizeMatrix {
  const weights = new Float32Array(to * from);
  for (let cell = 0; cell < to; cell++) {
    const center = ((cell + 0.5) * from) / to - 0.5;
    const base = Math.floor(center);
    for (let tap = base - 1; tap <= base + 2; tap++) {
      const source = Math.min(from - 1, Math.max(0, tap));
      weights[cell * from + source] += cubicKernel(center - tap);
    }
  }
  return { from, to, weights };
}

/** Bilinear resize with half-pixel centres and clamped borders, no antialiasing. */
export function bilinearMatrix(from: number, to: number): ResizeMatrix {
  const weights = new Float32Array(to * from);
  for (let cell = 0; cell < to; cell++) {
    const center = Math.max(0, ((cell + 0.5) * from) / to - 0.5);
    const low = Math.min(from - 1, Math.floor(center));
    const high = Math.min(from - 1, low + 1);
    weights[cell * from + low] += 1 - (center - low);
    weights[cell * from + high] += center - low;
  }
  return { from, to, weights };
}

/**
 * Resizes square maps with one matrix for both axes.
 *
 * @param x  `[B, from, from, C]`; borrowed.
 * @returns `[B, to, to, C]`; owned by the caller.
 */
export function resizeMaps(x: Tensor4D, { from, to, weights }: ResizeMatrix): Tensor4D {
  const [batch, , , channels] = x.shape;
  return tidy(() => {
    const matrix = tensor2d(weights, [to, from]);
    const rows = leftMultiply(matrix, reshape(x, [batch, from, from * channels]));
    const columns = leftMultiply(matrix, reshape(rows, [batch * to, from, channels]));
    return reshape(columns, [batch, to, to, channels]);
  });
}

/**
 * Nearest-neighbour resize to twice the size, as every VQGAN decoder has it, by repeating rows and columns: the
 * derivative of tfjs's own kernel is wrong on plain JS for batches.
 *
 * @param x  `[B, H, W, C]`; borrowed.
 * @returns `[B, 2 H, 2 W, C]`; owned by the caller.
 */
export function doubleNearest(x: Tensor4D): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const operation = customGrad((input) => {
    const wide = tile(reshape(input as Tensor, [batch * height * width, 1, channels]), [1, 2, 1]);
    const tall = tile(reshape(wide, [batch * height, 1, 2 * width * channels]), [1, 2, 1]);
    return {
      value: reshape(tall, [batch, 2 * height, 2 * width, channels]),
      // The sum over each 2 x 2 window.
      gradFunc: (dy: Tensor) => mul(avgPool(dy as Tensor4D, 2, 2, 'valid'), 4),
    };
  });
  return operation(x) as Tensor4D;
}

/** `matrix · x[b]` for every `b`: one product, with the batch moved into the columns. */
function leftMultiply(matrix: Tensor2D, x: Tensor3D): Tensor3D {
  const [batch, from, width] = x.shape;
  const columns = reshape(transpose(x, [1, 0, 2]), [from, batch * width]) as Tensor2D;
  const product = reshape(matMul(matrix, columns), [matrix.shape[0], batch, width]);
  return transpose(product, [1, 0, 2]) as Tensor3D;
}

function cubicKernel(distance: number): number {
  const a = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}
