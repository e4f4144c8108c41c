import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import type { ImageDataset } from '../data/image-dataset.ts';
import { openImageData } from '../data/open-image-data.ts';
import { fitPca64, frechetPca64, pca64Statistics, type PictureBytes } from './frechet-pca.ts';
import { frechetDistance } from './frechet-distance.ts';
import { fitPrincipalComponents, projectOnComponents } from './principal-components.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const fashion = join(dataFolder(root), 'fashion-mnist');

function part({ images, width, height }: ImageDataset, from: number, to: number): PictureBytes {
  const size = width * height;
  return { values: images.subarray(from * size, to * size), count: to - from };
}

/** Every pixel of every picture drawn from the training pixels at its own place. */
function independentPixels(
  { images, width, height, count }: ImageDataset,
  made: number,
): PictureBytes {
  const size = width * height;
  let state = 1;
  const values = Uint8Array.from({ length: made * size }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return images[Math.floor((state / 2 ** 32) * count) * size + (i % size)];
  });
  return { values, count: made };
}

describe('fitPrincipalComponents', () => {
  it('finds the direction of a line and its variance', () => {
    const features = { values: [0, 0, 3, 4, 6, 8], count: 3, size: 2 };
    const components = fitPrincipalComponents(features, 1);

    expect(Math.abs(components.vectors[0])).toBeCloseTo(0.6, 12);
    expect(components.variances[0]).toBeCloseTo(25, 10);
    const { values } = projectOnComponents(components, features);
    expect(Math.abs(values[0] - values[2])).toBeCloseTo(10, 10);
  });
});

describe.skipIf(!existsSync(fashion))(`frechetPca64 on ${fashion}`, () => {
  it('gives the distances that the data set states', async () => {
    const { dataset: train } = await openImageData(fashion, { split: 'train' });
    const { dataset: test } = await openImageData(fashion, { split: 'test' });
    const components = fitPca64({ values: train.images, count: train.count });
    const statistics = (pictures: PictureBytes) => pca64Statistics(components, pictures);
    const real = statistics(part(test, 0, 10_000));
    const first = statistics(part(train, 0, 10_000));
    const next = statistics(part(train, 10_000, 20_000));
    const noise = statistics(independentPixels(train, 10_000));

    expect(frechetDistance(first, real)).toBeCloseTo(0.069, 3);
    expect(frechetDistance(first, next)).toBeCloseTo(0.069, 3);
    // Drawn at random, so not exact.
    expect(Math.abs(frechetDistance(noise, real) - 38.83)).toBeLessThan(0.1);
    // Stated for 1,000 real pictures against test: 0.41; which thousand moves it a little.
    const some = frechetPca64(components, part(train, 0, 1000), part(test, 0, 10_000));
    expect(Math.abs(some - 0.41)).toBeLessThan(0.1);
  }, 300_000);
});
