import { DataError, ShapeError } from '@nextx/core';
import type { Pixels } from '../pixels.ts';

/** Which part of a data set: fitted on, or only looked at afterwards. */
export type Split = 'train' | 'test';

/** Labelled pictures of one size, in memory. */
export interface ImageDataset {
  /** Short name for reports, such as `fashion-mnist`. */
  readonly name: string;
  readonly split: Split;
  readonly width: number;
  readonly height: number;
  /** 1 is grey, 3 is RGB. */
  readonly channels: 1 | 3;
  /** Number of pictures, N. */
  readonly count: number;
  /** `[N, H, W, C]` row-major, 0 to 255. */
  readonly images: Uint8Array;
  /** `[N]` index into `labelNames`. */
  readonly labels: Int32Array;
  readonly labelNames: readonly string[];
  /** `[N]` how often each picture is drawn, relative to the others; absent means equally often. */
  readonly weights?: Float32Array;
}

/**
 * Checks that pictures, labels and weights of a data set belong together.
 *
 * @throws {DataError} EMPTY without pictures; BAD_INPUT for a label that has no name or a weight below 0.
 * @throws {ShapeError} if the arrays do not fit each other.
 */
export function assertDataset(where: string, dataset: ImageDataset): void {
  const { width, height, channels, count, images, labels, labelNames, weights } = dataset;
  if (count === 0) {
    throw new DataError(
      `${where}: needs at least one picture, got none. Check the folder.`,
      'EMPTY',
    );
  }
  const size = width * height * channels;
  if (
    images.length !== count * size ||
    labels.length !== count ||
    (weights?.length ?? count) !== count
  ) {
    throw new ShapeError(
      `${where}: ${count} pictures of ${size} values need as many labels and weights, got ` +
        `${images.length} values, ${labels.length} labels, ${weights?.length ?? count} weights. ` +
        `Images and labels must be of the same split.`,
    );
  }
  const bad = labels.findIndex((label) => label < 0 || label >= labelNames.length);
  if (bad >= 0) {
    throw new DataError(
      `${where}: labels must be 0 to ${labelNames.length - 1}, picture ${bad} has ${labels[bad]}. ` +
        `Check which label file was given.`,
      'BAD_INPUT',
    );
  }
  const negative = weights?.findIndex((weight) => !(weight >= 0)) ?? -1;
  if (negative >= 0) {
    throw new DataError(
      `${where}: weights must be at least 0, picture ${negative} breaks this.`,
      'BAD_INPUT',
    );
  }
}

/** Picture `index` of a data set, a copy. */
export function datasetPicture(dataset: ImageDataset, index: number): Pixels {
  const { width, height, channels, images } = dataset;
  const size = width * height * channels;
  return { width, height, channels, data: images.slice(index * size, (index + 1) * size) };
}

/** The data set of the rows that are named, in their order. */
export function selectRows(dataset: ImageDataset, rows: ArrayLike<number>): ImageDataset {
  const { width, height, channels, weights, ...rest } = dataset;
  const size = width * height * channels;
  const images = new Uint8Array(rows.length * size);
  const order = Int32Array.from(rows);
  for (const [to, from] of order.entries()) {
    images.set(dataset.images.subarray(from * size, (from + 1) * size), to * size);
  }
  return {
    ...rest,
    width,
    height,
    channels,
    count: order.length,
    images,
    labels: order.map((row) => dataset.labels[row]),
    ...(weights ? { weights: Float32Array.from(order, (row) => weights[row]) } : {}),
  };
}
