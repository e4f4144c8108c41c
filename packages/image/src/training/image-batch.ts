import { tensor4d } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { ImageDataset } from '../data/image-dataset.ts';

/** Pictures of a data set as models take them: `[n, H, W, C]`, float32 in [-1, 1]; owned by the caller. */
export function imageBatch(
  { images, width, height, channels }: ImageDataset,
  indices: ArrayLike<number>,
): Tensor4D {
  const size = width * height * channels;
  const values = new Float32Array(indices.length * size);
  for (let item = 0; item < indices.length; item++) {
    const from = indices[item] * size;
    for (let i = 0; i < size; i++) values[item * size + i] = images[from + i] / 127.5 - 1;
  }
  return tensor4d(values, [indices.length, height, width, channels]);
}

/** Consecutive ranges of at most `size` indices that cover `count`. */
export function batchesOf(count: number, size: number): Int32Array[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, batch) =>
    Int32Array.from(
      { length: Math.min(size, count - batch * size) },
      (__, index) => batch * size + index,
    ),
  );
}
