import { selectRows, type ImageDataset } from '../data/image-dataset.ts';

/** The first pictures of a data set, at most as many as it has. */
export function firstPictures(dataset: ImageDataset, count: number): ImageDataset {
  const used = Math.min(count, dataset.count);
  return selectRows(
    dataset,
    Int32Array.from({ length: used }, (_, row) => row),
  );
}
