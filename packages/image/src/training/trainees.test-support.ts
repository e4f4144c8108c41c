import { train, uniforms } from '@nextx/core';
import type { Trainee, TrainProgress } from '@nextx/core';
import type { ImageDataset } from '../data/image-dataset.ts';

/** Eight grey pictures of 6 x 6 pixels in two classes: shades downwards and to the right, with a little noise. */
export function tinyDataset(): ImageDataset {
  const count = 8;
  const noise = uniforms([6, 6], count * 36);
  const images = Uint8Array.from(noise, (u, index) => {
    const [row, column] = [Math.floor(index / 6) % 6, index % 6];
    const shade = Math.floor(index / 36) % 2 === 0 ? row : column;
    return 40 * shade + 20 * u;
  });
  return {
    name: 'shades',
    split: 'train',
    width: 6,
    height: 6,
    channels: 1,
    count,
    images,
    labels: Int32Array.from({ length: count }, (_, item) => item % 2),
    labelNames: ['down', 'right'],
  };
}

/** Trains for a few steps. */
export async function fewSteps(
  trainee: Trainee,
  steps: number,
): Promise<Pick<TrainProgress, 'loss' | 'metrics' | 'validation'>[]> {
  const seen: Pick<TrainProgress, 'loss' | 'metrics' | 'validation'>[] = [];
  for await (const { loss, metrics, validation } of train(trainee, {
    steps,
    batchSize: 8,
    learningRateAt: () => 0.01,
    seed: 1n,
  })) {
    seen.push({ loss, metrics, ...(validation && { validation }) });
  }
  return seen;
}
