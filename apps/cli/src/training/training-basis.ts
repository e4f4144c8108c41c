import { createHash } from 'node:crypto';
import type { ImageDataset } from '@nextx/image';

/** What a training is built on, apart from its settings: with anything else it would become another one. */
export interface TrainingBasis {
  readonly data: {
    readonly name: string;
    /** Pictures that are fitted. */
    readonly count: number;
    /** SHA-256 of sizes, pictures, labels and weights, as they are after resizing. */
    readonly checksum: string;
  };
  /** SHA-256 of the weights of the tokenizer that a sequence model is built on. */
  readonly tokenizer?: string;
  /** SHA-256 of the weights that a forecaster goes on from. */
  readonly start?: string;
}

/** What identifies the pictures that a training fits, and the tokenizer that it is built on, if any. */
export function trainingBasis(dataset: ImageDataset, tokenizer?: string): TrainingBasis {
  const { name, count, width, height, channels, images, labels, labelNames, weights } = dataset;
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ width, height, channels, labelNames }));
  hash.update(images).update(labels);
  if (weights !== undefined) hash.update(weights);
  const data = { name, count, checksum: hash.digest('hex') };
  return tokenizer === undefined ? { data } : { data, tokenizer };
}
