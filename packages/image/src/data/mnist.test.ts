import { DataError, ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { datasetPicture, selectRows } from './image-dataset.ts';
import { readFashionMnist } from './mnist.ts';

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40);
const labels = (...values: number[]): Uint8Array =>
  Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values);

describe('readFashionMnist', () => {
  it('reads pictures with their labels', () => {
    const dataset = readFashionMnist({ images, labels: labels(7, 9), split: 'train' });

    expect(dataset).toMatchObject({ count: 2, width: 2, height: 1, channels: 1 });
    expect(dataset.labelNames[dataset.labels[0]]).toBe('sneaker');
    expect([...datasetPicture(dataset, 1).data]).toEqual([30, 40]);
    expect([...selectRows(dataset, [1, 1, 0]).labels]).toEqual([9, 9, 7]);
  });

  it('refuses labels of another split, labels without a name, and swapped files', () => {
    const read = (file: Uint8Array) => readFashionMnist({ images, labels: file, split: 'test' });

    expect(() => read(labels(7))).toThrow(ShapeError);
    expect(() => read(labels(7, 10))).toThrow(DataError);
    expect(() => read(images)).toThrow(DataError);
  });
});
