import { turnOfEventLoop } from '@nextx/core';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import { datasetPicture, type ImageDataset } from '../data/image-dataset.ts';
import { judgeDistance } from '../metrics/judge-distance.ts';
import type { JudgeParams } from '../metrics/judge.ts';
import { scoreTokenizer, type TokenizerScore } from '../metrics/tokenizer-benchmark.ts';
import { floatsToPixels } from '../pixels.ts';
import type { ImageTokenizer } from '../tokenizers/image-tokenizer.ts';
import { batchesOf, imageBatch } from '../training/image-batch.ts';
import type { EncodedDataset } from '../training/sequence-trainee.ts';

/** What a tokenizer makes of a data set. */
export interface TokenizerEvaluation {
  readonly score: TokenizerScore;
  /** Mean `judgeDistance` of pictures and their reconstructions, with a judge. */
  readonly judgeDistance?: number;
  /** The tokens, for the model that is built on them. */
  readonly encoded: EncodedDataset;
  /** `decode(encode(picture))` of every picture as bytes, with the pictures' labels. */
  readonly reconstructions: ImageDataset;
}

/** How a tokenizer is measured. */
export interface EvaluateTokenizerOptions {
  /** Borrowed. */
  readonly judge?: JudgeParams;
  /** Told how many pictures are done after each batch. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

const batchSize = 100;

/**
 * Encodes and decodes every picture of a data set once and scores the result.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function evaluateTokenizer(
  tokenizer: ImageTokenizer,
  dataset: ImageDataset,
  { judge, onProgress, signal }: EvaluateTokenizerOptions = {},
): Promise<TokenizerEvaluation> {
  const { count, width, height, channels, labels } = dataset;
  const size = width * height * channels;
  const ids = new Int32Array(count * tokenizer.length);
  const images = new Uint8Array(count * size);
  let distance = 0;
  for (const indices of batchesOf(count, batchSize)) {
    signal?.throwIfAborted();
    const made = tidy(() => {
      const originals = imageBatch(dataset, indices);
      const codes = tokenizer.encode(originals);
      const decoded = tokenizer.decode(codes);
      const distances = judge === undefined ? [] : [judgeDistance(judge, originals, decoded)];
      return { codes, decoded, distances };
    });
    try {
      ids.set(await made.codes.data<'int32'>(), indices[0] * tokenizer.length);
      const bytes = floatsToPixels(await made.decoded.data<'float32'>(), {
        width,
        height: height * indices.length,
        channels,
      });
      images.set(bytes.data, indices[0] * size);
      for (const one of made.distances) {
        for (const value of await one.data()) distance += value;
      }
    } finally {
      dispose([made.codes, made.decoded, ...made.distances]);
    }
    onProgress?.(indices[indices.length - 1] + 1);
    await turnOfEventLoop();
  }
  const reconstructions = { ...dataset, images };
  const score = scoreTokenizer({
    originals: picturesOf(dataset),
    reconstructions: picturesOf(reconstructions),
    ids,
    codes: tokenizer.vocabularySize,
  });
  return {
    score,
    ...(judge && { judgeDistance: distance / count }),
    encoded: { ids, labels, count, length: tokenizer.length },
    reconstructions,
  };
}

function picturesOf(dataset: ImageDataset): ReturnType<typeof datasetPicture>[] {
  return Array.from({ length: dataset.count }, (_, index) => datasetPicture(dataset, index));
}
