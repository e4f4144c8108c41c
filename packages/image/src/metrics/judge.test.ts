import { initializer, keyFromSeed, mapParams, namedParams, ShapeError } from '@nextx/core';
import '@tensorflow/tfjs';
import {
  memory,
  setBackend,
  tensor1d,
  tensor4d,
  variableGrads,
  zeros,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../data/image-dataset.ts';
import { judgeDistance } from './judge-distance.ts';
import { judgePictures } from './judge-pictures.ts';
import { judgeTrainee, shiftedBatch } from './judge-trainee.ts';
import { initJudge, judgeForward, judgeLoss, type JudgeParams } from './judge.ts';

beforeAll(() => setBackend('cpu'));

const options = { width: 9, height: 8, channels: 1, classes: 3 } as const;
const newJudge = (): JudgeParams => initJudge(options, initializer(keyFromSeed(1n)));

/** Class 0 is dark at the left, 1 at the right, 2 nowhere. */
const dataset: ImageDataset = {
  ...options,
  name: 'halves',
  split: 'train',
  count: 6,
  images: Uint8Array.from({ length: 6 * 72 }, (_, i) => {
    const label = Math.floor(i / 72) % 3;
    const isLeft = i % 9 < 4;
    return (label === 0 && isLeft) || (label === 1 && !isLeft) ? 20 : 200 + (i % 7);
  }),
  labels: Int32Array.of(0, 1, 2, 0, 1, 2),
  labelNames: ['left', 'right', 'none'],
};
const asTensor = ({ images }: ImageDataset): Tensor4D =>
  tensor4d(
    Float32Array.from(images, (value) => value / 127.5 - 1),
    [6, 8, 9, 1],
  );

describe('judgeForward', () => {
  it('gives 128 features, one logit a class, and three maps', () => {
    const { features, logits, maps } = judgeForward(newJudge(), zeros([2, 8, 9, 1]));

    expect(features.shape).toEqual([2, 128]);
    expect(logits.shape).toEqual([2, 3]);
    expect(maps.map(({ shape }) => shape)).toEqual([
      [2, 8, 9, 32],
      [2, 4, 4, 64],
      [2, 2, 2, 128],
    ]);
  });

  it('refuses pictures of other channels', () => {
    expect(() => judgeForward(newJudge(), zeros([1, 8, 9, 3]))).toThrow(ShapeError);
  });

  it('leaves no tensors behind', () => {
    const judge = newJudge();
    const images = asTensor(dataset);
    const before = memory().numTensors;

    judgeLoss(judge, images, tensor1d([0, 1, 2, 0, 1, 2], 'int32')).dispose();

    expect(memory().numTensors).toBe(before + 1);
  });
});

describe('judgeLoss', () => {
  it('starts near the entropy of three equal classes', () => {
    const labels = tensor1d(dataset.labels, 'int32');

    expect(judgeLoss(newJudge(), asTensor(dataset), labels).dataSync()[0]).toBeCloseTo(
      Math.log(3),
      0,
    );
  });

  it('has the gradients that central differences give', () => {
    const judge = mapParams(newJudge(), (value) => tf.variable(value));
    const images = asTensor(dataset);
    const labels = tensor1d(dataset.labels, 'int32');
    const loss = () => judgeLoss(judge, images, labels);
    const { grads } = variableGrads(loss);

    for (const path of ['blocks.0.conv.weight', 'blocks.1.norm.scale', 'features.weight']) {
      const entry = namedParams(judge).find(([name]) => name === path);
      const weight = entry?.[1] as tf.Variable;
      const values = weight.dataSync().slice();
      const slopes = Array.from<number>(grads[weight.name].dataSync());
      const at = slopes.reduce(
        (best, slope, i) => (Math.abs(slope) > Math.abs(slopes[best]) ? i : best),
        0,
      );
      const [up, down] = [1, -1].map((sign) => {
        const moved = values.slice();
        moved[at] += sign * 4e-3;
        weight.assign(tf.tensor(moved, weight.shape));
        return loss().dataSync()[0];
      });
      weight.assign(tf.tensor(values, weight.shape));
      expect(Math.abs((up - down) / 8e-3 / slopes[at] - 1)).toBeLessThan(2e-2);
    }
  });

  it('falls below 0.3 on six pictures', async () => {
    const judge = mapParams(newJudge(), (value) => tf.variable(value));
    const images = asTensor(dataset);
    const labels = tensor1d(dataset.labels, 'int32');
    const optimizer = tf.train.adam(3e-3);
    for (let step = 0; step < 9; step++) optimizer.minimize(() => judgeLoss(judge, images, labels));

    expect(judgeLoss(judge, images, labels).dataSync()[0]).toBeLessThan(0.3);
    const { labels: seen, features } = await judgePictures(judge, dataset, { batchSize: 4 });
    expect([...seen]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(features).toMatchObject({ count: 6, size: 128 });
  });
});

describe('judgeTrainee', () => {
  const row: ImageDataset = {
    ...dataset,
    width: 5,
    height: 1,
    count: 1,
    images: Uint8Array.of(0, 51, 102, 153, 204),
    labels: Int32Array.of(0),
  };

  it('shifts pictures by -2 to 2 pixels and repeats the edge', () => {
    const seen = new Set<string>();
    for (let n = 0n; n < 100n; n++) {
      const batch = shiftedBatch(row, Int32Array.of(0), keyFromSeed(n));
      seen.add([...batch].map((value) => Math.round(((value + 1) * 127.5) / 51)).join(''));
    }

    expect([...seen].sort()).toEqual(['00012', '00123', '01234', '12344', '23444']);
  });

  it('reports the accuracy on held-out pictures', async () => {
    const judge = newJudge();
    const trainee = judgeTrainee(judge, dataset, dataset);
    const { loss } = trainee.loss(judge, Int32Array.of(0, 4), keyFromSeed(2n));
    const { accuracy } = (await trainee.validate?.(judge)) ?? {};

    expect(loss.dataSync()[0]).toBeGreaterThan(0);
    expect([0, 1 / 3, 2 / 3, 1]).toContain(accuracy);
  });
});

describe('judgeDistance', () => {
  it('is 0 for equal pictures and positive for others', () => {
    const images = asTensor(dataset);
    const [same, other] = judgeDistance(
      newJudge(),
      images,
      tf.concat([images.slice([0], [1]), zeros([5, 8, 9, 1])]),
    ).dataSync();

    expect(same).toBe(0);
    expect(other).toBeGreaterThan(0.01);
    expect(other).toBeLessThan(4);
  });
});
