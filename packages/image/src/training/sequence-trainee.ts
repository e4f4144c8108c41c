import type { Key, ParamTree, Trainee } from '@nextx/core';
import { foldIn, turnOfEventLoop, uniforms } from '@nextx/core';
import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { ImageDataset } from '../data/image-dataset.ts';
import type { ImageSequenceModel } from '../recipes/image-recipe.ts';
import type { ImageTokenizer } from '../tokenizers/image-tokenizer.ts';
import { bindOnce } from './bind-once.ts';
import { batchesOf, imageBatch } from './image-batch.ts';
import { weightedSampling } from './weighted-sampling.ts';

/** Pictures as ids, with their labels. */
export interface EncodedDataset {
  /** `[count, N]` */
  readonly ids: Int32Array;
  /** `[count]` */
  readonly labels: Int32Array;
  readonly count: number;
  /** Tokens of one picture, N. */
  readonly length: number;
  /** `[count]` how often each picture is drawn, relative to the others; absent means equally often. */
  readonly weights?: Float32Array;
}

/** How a sequence model is trained on ids. */
export interface SequenceTraineeOptions {
  readonly bind: (params: ParamTree) => ImageSequenceModel;
  /** Initial weights; borrowed. */
  readonly params: ParamTree;
  readonly dataset: EncodedDataset;
  readonly heldOut: EncodedDataset;
  /** Classes without the null class. */
  readonly classes: number;
  /** Chance of training a sample without its class. */
  readonly classDropout: number;
  readonly decays: NonNullable<Trainee['decays']>;
}

/** A sequence model for the trainer: mean cross-entropy of all positions, in nats; bits a picture when held out. */
export function sequenceTrainee(options: SequenceTraineeOptions): Trainee {
  const { params, dataset, heldOut, classes, classDropout, decays } = options;
  const bind = bindOnce(options.bind);
  const sampling = weightedSampling(dataset.count, dataset.weights);
  return {
    params,
    count: sampling.count,
    decays,
    loss: (weights, strata, key) => {
      const indices = sampling.pick(strata, foldIn(key, 2));
      const model = bind(weights);
      const labels = Int32Array.from(indices, (index) => dataset.labels[index]);
      const shown = dropLabels(labels, { classes, classDropout, key: foldIn(key, 0) });
      const ids = rowsOf(dataset, indices);
      const hidden = model.forward(ids, model.condition(shown), foldIn(key, 1));
      return { loss: model.loss(hidden, ids) };
    },
    validate: async (weights) => ({
      bitsPerImage: await bitsPerImage(bind(weights), heldOut, 1000),
    }),
  };
}

/** Mean of -log2 p(ids | label) over the first `count` pictures. */
export async function bitsPerImage(
  model: ImageSequenceModel,
  dataset: EncodedDataset,
  count: number = dataset.count,
): Promise<number> {
  const used = Math.min(count, dataset.count);
  let nats = 0;
  for (const indices of batchesOf(used, 100)) {
    const mean = tidy(() => {
      const ids = rowsOf(dataset, indices);
      const labels = Int32Array.from(indices, (index) => dataset.labels[index]);
      return model.loss(model.forward(ids, model.condition(labels)), ids);
    });
    const [value] = await mean.data();
    mean.dispose();
    await turnOfEventLoop();
    nats += value * dataset.length * indices.length;
  }
  return nats / Math.LN2 / used;
}

/**
 * Encodes a whole data set, which needs no augmentation, once before training.
 *
 * @param onProgress  Told how many pictures are done after each batch.
 * @throws the signal's reason once it is aborted.
 */
export async function encodeDataset(
  tokenizer: ImageTokenizer,
  dataset: ImageDataset,
  {
    onProgress,
    signal,
  }: { readonly onProgress?: (done: number) => void; readonly signal?: AbortSignal } = {},
): Promise<EncodedDataset> {
  const { count } = dataset;
  const ids = new Int32Array(count * tokenizer.length);
  for (const indices of batchesOf(count, 200)) {
    signal?.throwIfAborted();
    const codes = tidy(() => tokenizer.encode(imageBatch(dataset, indices)));
    ids.set(await codes.data<'int32'>(), indices[0] * tokenizer.length);
    codes.dispose();
    onProgress?.(indices[indices.length - 1] + 1);
    await turnOfEventLoop();
  }
  const { labels, weights } = dataset;
  return { ids, labels, count, length: tokenizer.length, ...(weights && { weights }) };
}

function rowsOf({ ids, length }: EncodedDataset, indices: Int32Array): ReturnType<typeof tensor2d> {
  const rows = new Int32Array(indices.length * length);
  indices.forEach((index, item) => {
    rows.set(ids.subarray(index * length, (index + 1) * length), item * length);
  });
  return tensor2d(rows, [indices.length, length], 'int32');
}

function dropLabels(
  labels: Int32Array,
  { classes, classDropout, key }: { classes: number; classDropout: number; key: Key },
): Int32Array {
  const draws = uniforms(key, labels.length);
  return labels.map((label, item) => (draws[item] < classDropout ? classes : label));
}
