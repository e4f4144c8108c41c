import type { Key, ParamTree, Trainee } from '@nextx/core';
import { foldIn, permutation, turnOfEventLoop } from '@nextx/core';
import { mean, sub, square, tidy } from '@tensorflow/tfjs-core';
import type { ImageDataset } from '../data/image-dataset.ts';
import { codeUsage } from '../metrics/code-usage.ts';
import type { ImageTokenizer } from '../tokenizers/image-tokenizer.ts';
import { bindOnce } from './bind-once.ts';
import { batchesOf, imageBatch } from './image-batch.ts';
import { weightedSampling } from './weighted-sampling.ts';

/** How a tokenizer is trained on pictures. */
export interface TokenizerTraineeOptions {
  /** The tokenizer with some weights. */
  readonly bind: (params: ParamTree) => ImageTokenizer;
  /** Initial weights; borrowed. */
  readonly params: ParamTree;
  readonly dataset: ImageDataset;
  /** Pictures that are only looked at. */
  readonly heldOut: ImageDataset;
  /** Unused codes are restarted every 50 steps until this one. */
  readonly restartUntil: number;
}

const restartEvery = 50;
const restartSample = 256;
const heldOutSample = 1000;

/** A tokenizer for the trainer: reconstruction and quantization loss, PSNR and code usage of held-out pictures. */
export function tokenizerTrainee(options: TokenizerTraineeOptions): Trainee {
  const { params, dataset, heldOut, restartUntil } = options;
  const bind = bindOnce(options.bind);
  const sampling = weightedSampling(dataset.count, dataset.weights);
  return {
    params,
    count: sampling.count,
    loss: (weights, strata, key) => {
      const indices = sampling.pick(strata, foldIn(key, 0));
      return bind(weights).loss(imageBatch(dataset, indices), foldIn(key, 1));
    },
    validate: (weights) => reconstructionFigures(bind(weights), heldOut),
    revise: (step, weights, key) =>
      (step + 1) % restartEvery === 0 && step < restartUntil
        ? restart(bind(weights), dataset, key)
        : undefined,
  };
}

/** Mean PSNR in dB (range 1) and code usage of the first 1,000 pictures. */
export async function reconstructionFigures(
  tokenizer: ImageTokenizer,
  dataset: ImageDataset,
): Promise<{ psnr: number; codesUsed: number; codePerplexity: number }> {
  const count = Math.min(heldOutSample, dataset.count);
  const ids: number[] = [];
  let decibels = 0;
  for (const indices of batchesOf(count, 100)) {
    const [codes, errors] = tidy(() => {
      const images = imageBatch(dataset, indices);
      const encoded = tokenizer.encode(images);
      const difference = sub(tokenizer.decode(encoded), images);
      return [encoded, mean(square(difference), [1, 2, 3])];
    });
    ids.push(...(await codes.data()));
    for (const error of await errors.data())
      decibels += 10 * Math.log10(4 / Math.max(error, 1e-12));
    codes.dispose();
    errors.dispose();
    await turnOfEventLoop();
  }
  const { used, perplexity } = codeUsage(ids, tokenizer.vocabularySize);
  return { psnr: decibels / count, codesUsed: used, codePerplexity: perplexity };
}

function restart(
  tokenizer: ImageTokenizer,
  dataset: ImageDataset,
  key: Key,
): ReturnType<ImageTokenizer['restartUnusedCodes']> {
  const drawn = permutation(foldIn(key, 1), dataset.count).subarray(0, restartSample);
  const images = imageBatch(dataset, drawn);
  try {
    return tokenizer.restartUnusedCodes(images, foldIn(key, 2));
  } finally {
    images.dispose();
  }
}
