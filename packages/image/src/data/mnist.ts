import { DataError } from '@nextx/core';
import { assertDataset, type ImageDataset, type Split } from './image-dataset.ts';
import { readIdx } from './idx.ts';

/** The classes of Fashion-MNIST in the order of their numbers (Xiao et al. 2017). */
export const fashionMnistLabels: readonly string[] = [
  'T-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
];

/** The classes of MNIST: the ten digits. */
export const mnistLabels: readonly string[] = Array.from({ length: 10 }, (_, i) => `${i}`);

/** The two files of one split. */
export interface IdxPair {
  /** Rank 3: pictures, rows, columns; gzipped or not. */
  readonly images: Uint8Array;
  /** Rank 1; gzipped or not. */
  readonly labels: Uint8Array;
  readonly split: Split;
}

/**
 * Reads one split of Fashion-MNIST.
 *
 * @throws {DataError} if a file is not what it must be (see `readIdx`).
 * @throws {ShapeError} if there are not as many labels as pictures.
 */
export function readFashionMnist(files: IdxPair): ImageDataset {
  return readIdxPair(files, { name: 'fashion-mnist', labelNames: fashionMnistLabels });
}

/** Reads one split of MNIST; throws as `readFashionMnist` does. */
export function readMnist(files: IdxPair): ImageDataset {
  return readIdxPair(files, { name: 'mnist', labelNames: mnistLabels });
}

/**
 * Reads grey pictures and their labels from two idx files.
 *
 * @throws {DataError} FORMAT for files of another rank; BAD_INPUT for a label without a name; EMPTY for no pictures.
 * @throws {ShapeError} if there are not as many labels as pictures.
 */
export function readIdxPair(
  { images, labels, split }: IdxPair,
  { name, labelNames }: { readonly name: string; readonly labelNames: readonly string[] },
): ImageDataset {
  const pictures = readIdx(images, { name: `${name} ${split} images` });
  const classes = readIdx(labels, { name: `${name} ${split} labels` });
  if (pictures.shape.length !== 3 || classes.shape.length !== 1) {
    throw new DataError(
      `readIdxPair: ${name} needs images of rank 3 and labels of rank 1, got ranks ` +
        `${pictures.shape.length} and ${classes.shape.length}. Check which files were given.`,
    );
  }
  const [count, height, width] = pictures.shape;
  const dataset: ImageDataset = {
    name,
    split,
    width,
    height,
    channels: 1,
    count,
    images: pictures.data,
    labels: Int32Array.from(classes.data),
    labelNames,
  };
  assertDataset(`readIdxPair: ${name}`, dataset);
  return dataset;
}
