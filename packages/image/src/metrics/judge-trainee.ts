import type { Key, ParamTree, Trainee } from '@nextx/core';
import { foldIn, uniforms } from '@nextx/core';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import type { ImageDataset } from '../data/image-dataset.ts';
import { judgeLoss, type JudgeParams } from './judge.ts';
import { judgePictures } from './judge-pictures.ts';

/** Pixels by which a training picture is shifted at most, in each direction. */
const reach = 2;

/**
 * What the trainer needs to train a judge on real pictures. Each picture is shifted by up to 2 pixels; what enters at the
 * border repeats the edge.
 *
 * @param params  Initial weights; borrowed.
 * @param heldOut  Pictures for the figure `accuracy` at validation.
 */
export function judgeTrainee(
  params: JudgeParams,
  dataset: ImageDataset,
  heldOut?: ImageDataset,
): Trainee {
  const trainee: Trainee = {
    params,
    count: dataset.count,
    loss(current, indices, key) {
      const { height, width, channels } = dataset;
      const pixels = shiftedBatch(dataset, indices, key);
      const images = tensor4d(pixels, [indices.length, height, width, channels]);
      const labels = tensor1d(
        indices.map((index) => dataset.labels[index]),
        'int32',
      );
      return { loss: judgeLoss(asJudge(current), images, labels) };
    },
  };
  if (heldOut === undefined) return trainee;
  return {
    ...trainee,
    async validate(current) {
      const { labels } = await judgePictures(asJudge(current), heldOut);
      const right = labels.filter((label, i) => label === heldOut.labels[i]).length;
      return { accuracy: right / heldOut.count };
    },
  };
}

/**
 * Pictures of a data set in [-1, 1], each shifted by its own whole number of pixels.
 *
 * @returns `[B, H, W, C]` row-major.
 */
export function shiftedBatch(dataset: ImageDataset, indices: Int32Array, key: Key): Float32Array {
  const { width, height, channels, images } = dataset;
  const size = width * height * channels;
  const [right, down] = [0, 1].map((axis) => uniforms(foldIn(key, axis), indices.length));
  const batch = new Float32Array(indices.length * size);
  for (const [n, index] of indices.entries()) {
    const dx = Math.floor(right[n] * (2 * reach + 1)) - reach;
    const dy = Math.floor(down[n] * (2 * reach + 1)) - reach;
    for (let y = 0; y < height; y++) {
      const row = Math.min(height - 1, Math.max(0, y - dy)) * width;
      for (let x = 0; x < width; x++) {
        const from = index * size + (row + Math.min(width - 1, Math.max(0, x - dx))) * channels;
        const to = n * size + (y * width + x) * channels;
        for (let c = 0; c < channels; c++) batch[to + c] = images[from + c] / 127.5 - 1;
      }
    }
  }
  return batch;
}

/** The trainer gives back trees of the form it was given. */
function asJudge(params: ParamTree): JudgeParams {
  return params as JudgeParams;
}
