import { argMax, dispose, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { ImageDataset } from '../data/image-dataset.ts';
import type { Features } from './feature-statistics.ts';
import { judgeFeatures, judgeForward, type JudgeParams } from './judge.ts';

/** Pictures of one size as bytes. */
export type JudgedPictures = Pick<
  ImageDataset,
  'width' | 'height' | 'channels' | 'count' | 'images'
>;

/** What the judge says about many pictures. */
export interface JudgedSet {
  /** `[N, 128]`, for Fréchet distance, precision and recall. */
  readonly features: Features;
  /** `[N]` most likely class of each picture. */
  readonly labels: Int32Array;
}

/**
 * Looks at many pictures, some at a time.
 *
 * @param batchSize  Pictures at a time. @defaultValue 250
 */
export async function judgePictures(
  params: JudgeParams,
  { width, height, channels, count, images }: JudgedPictures,
  { batchSize = 250 }: { readonly batchSize?: number } = {},
): Promise<JudgedSet> {
  const size = width * height * channels;
  const values = new Float32Array(count * judgeFeatures);
  const labels = new Int32Array(count);
  for (let start = 0; start < count; start += batchSize) {
    const end = Math.min(count, start + batchSize);
    const bytes = images.subarray(start * size, end * size);
    const [features, seen] = tidy(() => {
      const pixels = Float32Array.from(bytes, (value) => value / 127.5 - 1);
      const judgement = judgeForward(
        params,
        tensor4d(pixels, [end - start, height, width, channels]),
      );
      return [judgement.features, argMax(judgement.logits, -1)];
    });
    try {
      values.set(await features.data(), start * judgeFeatures);
      labels.set(await seen.data(), start);
    } finally {
      dispose([features, seen]);
    }
  }
  return { features: { values, count, size: judgeFeatures }, labels };
}
