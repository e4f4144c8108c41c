import { uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';
import type { ImageDataset } from '../data/image-dataset.ts';
import type { PictureBytes } from '../metrics/frechet-pca.ts';

/**
 * Pictures whose every value is drawn from the training pictures at its own place, independently of all others: what a model
 * that knows the histogram of each pixel and nothing else would make. The upper end of a scale of distances.
 */
export function independentPixels(
  { images, count: available, width, height, channels }: ImageDataset,
  count: number,
  key: Key,
): PictureBytes {
  const size = width * height * channels;
  const draws = uniforms(key, count * size);
  const values = new Uint8Array(count * size);
  for (let i = 0; i < values.length; i++) {
    values[i] = images[Math.floor(draws[i] * available) * size + (i % size)];
  }
  return { values, count };
}
