import '@tensorflow/tfjs';
import {
  add,
  clipByValue,
  memory,
  mul,
  reshape,
  round,
  scalar,
  setBackend,
  sub,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../data/image-dataset.ts';
import type { ImageTokenizer } from '../tokenizers/image-tokenizer.ts';
import { evaluateTokenizer } from './evaluate-tokenizer.ts';

beforeAll(() => setBackend('cpu'));

/** One token a pixel: the value without its last four bits. */
const sixteenGreys: ImageTokenizer = {
  recipe: 'sixteen-greys',
  options: {},
  params: {},
  sampleShape: [2, 2, 1],
  sides: [2],
  length: 4,
  vocabularySize: 16,
  encode: (images: Tensor) =>
    tidy(() => {
      const bytes = mul(add(images, 1), 127.5);
      const codes = clipByValue(round(sub(mul(bytes, 1 / 16), 0.4999)), 0, 15);
      return reshape(codes, [-1, 4]).toInt() as Tensor2D;
    }),
  decode: (ids: Tensor) =>
    tidy(() => sub(mul(reshape(ids, [-1, 2, 2, 1]), 16 / 127.5), 1) as Tensor4D),
  loss: () => ({ loss: scalar(0), metrics: {} }),
  restartUnusedCodes: () => new Map(),
  importRules: [],
};

const dataset: ImageDataset = {
  name: 'squares',
  split: 'test',
  width: 2,
  height: 2,
  channels: 1,
  count: 3,
  // Multiples of 16 come back whole; the others lose 4 everywhere.
  images: Uint8Array.of(0, 16, 32, 48, 4, 20, 36, 52, 68, 84, 100, 116),
  labels: Int32Array.of(0, 0, 1),
  labelNames: ['dark', 'light'],
};

describe('evaluateTokenizer', () => {
  it('scores what comes back, and hands on tokens and reconstructions', async () => {
    const before = memory().numTensors;
    const done: number[] = [];

    const { score, encoded, reconstructions, judgeDistance } = await evaluateTokenizer(
      sixteenGreys,
      dataset,
      { onProgress: (count) => done.push(count) },
    );

    // A picture without error counts 100 dB; an error of 4 everywhere is 20 log10(255 / 4) = 36.09 dB.
    expect(score.psnr).toBeCloseTo((100 + 2 * 36.09) / 3, 2);
    expect(score).toMatchObject({ pictures: 3, tokensPerPicture: 4, bitsPerPixel: 4, used: 0.5 });
    expect([...encoded.ids]).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...reconstructions.images]).toEqual([0, 16, 32, 48, 0, 16, 32, 48, 64, 80, 96, 112]);
    expect(reconstructions.labels).toEqual(dataset.labels);
    expect(judgeDistance).toBeUndefined();
    expect(done).toEqual([3]);
    expect(memory().numTensors).toBe(before);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(evaluateTokenizer(sixteenGreys, dataset, { signal })).rejects.toThrow('enough');
  });
});
