import type { ImageDataset } from '@nextx/image';
import { describe, expect, it } from 'vitest';
import { trainingBasis } from './training-basis.ts';

const dataset: ImageDataset = {
  name: 'dots',
  split: 'train',
  width: 1,
  height: 2,
  channels: 1,
  count: 2,
  images: Uint8Array.of(1, 2, 3, 4),
  labels: Int32Array.of(0, 1),
  labelNames: ['a', 'b'],
};

describe('trainingBasis', () => {
  it('is the same for the same pictures', () => {
    expect(trainingBasis({ ...dataset, images: dataset.images.slice() })).toEqual(
      trainingBasis(dataset),
    );
    expect(trainingBasis(dataset).data).toMatchObject({ name: 'dots', count: 2 });
  });

  it.each<[string, Partial<ImageDataset>]>([
    ['a pixel', { images: Uint8Array.of(1, 2, 3, 5) }],
    ['a label', { labels: Int32Array.of(1, 1) }],
    ['the name of a class', { labelNames: ['a', 'c'] }],
    ['the shape', { width: 2, height: 1 }],
    ['the weights', { weights: Float32Array.of(1, 2) }],
  ])('has another checksum when %s differs', (_, change) => {
    const one = trainingBasis(dataset).data.checksum;

    expect(trainingBasis({ ...dataset, ...change }).data.checksum).not.toBe(one);
  });

  it('names the tokenizer, where there is one', () => {
    expect(trainingBasis(dataset, 'ab')).toMatchObject({ tokenizer: 'ab' });
    expect(trainingBasis(dataset)).not.toHaveProperty('tokenizer');
  });
});
