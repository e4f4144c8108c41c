import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../data/image-dataset.ts';
import { batchesOf, imageBatch } from './image-batch.ts';

const dataset: ImageDataset = {
  name: 'three',
  split: 'train',
  width: 2,
  height: 1,
  channels: 1,
  count: 3,
  images: Uint8Array.of(0, 255, 51, 102, 0, 0),
  labels: Int32Array.of(0, 0, 0),
  labelNames: ['all'],
};

beforeAll(() => tf.setBackend('cpu'));

describe('imageBatch', () => {
  it('maps 0 to -1 and 255 to 1, in the order asked for', async () => {
    const batch = imageBatch(dataset, [1, 0]);

    expect(batch.shape).toEqual([2, 1, 2, 1]);
    const values = await batch.data();
    [-0.6, -0.2, -1, 1].forEach((value, at) => expect(values[at]).toBeCloseTo(value, 6));
  });
});

describe('batchesOf', () => {
  it('covers the count with a smaller last batch', () => {
    expect(batchesOf(5, 2).map((batch) => [...batch])).toEqual([[0, 1], [2, 3], [4]]);
    expect(batchesOf(0, 2)).toEqual([]);
  });
});
