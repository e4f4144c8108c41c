import '@tensorflow/tfjs';
import { initializer, keyFromSeed, ShapeError } from '@nextx/core';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../data/image-dataset.ts';
import { initJudge } from '../metrics/judge.ts';
import { firstPictures } from './first-pictures.ts';
import { independentPixels } from './independent-pixels.ts';
import { pictureRuler } from './picture-ruler.ts';

beforeAll(() => setBackend('cpu'));

/** Grey pictures of 8 x 8: each is of one value, so that its pixels hang together. */
const plain: ImageDataset = {
  name: 'plain',
  split: 'train',
  width: 8,
  height: 8,
  channels: 1,
  count: 40,
  images: Uint8Array.from({ length: 40 * 64 }, (_, i) => (Math.floor(i / 64) * 37) % 256),
  labels: Int32Array.from({ length: 40 }, (_, i) => i % 2),
  labelNames: ['even', 'odd'],
};

describe('pictureRuler', () => {
  it('finds no distance from the pictures themselves, in pixels and in the eyes of a judge', async () => {
    const judge = initJudge(
      { width: 8, height: 8, channels: 1, classes: 2 },
      initializer(keyFromSeed(3n)),
    );
    const before = memory().numTensors;
    const ruler = await pictureRuler({ train: plain, real: plain, judge });

    const distances = await ruler.measure(plain);

    expect(distances.frechetPca64).toBeCloseTo(0, 6);
    expect(distances.frechetJudge).toBeCloseTo(0, 6);
    expect(distances).toMatchObject({
      count: 40,
      realCount: 40,
      precision: 1,
      recall: 1,
      coverage: 1,
    });
    expect(memory().numTensors).toBe(before);
  });

  it('adds up the squared distance of the means of pictures that differ by a constant', async () => {
    const brighter = { ...plain, images: plain.images.map((value) => value / 2) };
    const shifted = { ...brighter, images: brighter.images.map((value) => value + 51) };
    const ruler = await pictureRuler({ train: plain, real: brighter });

    // 51 / 255 at each of 64 pixels.
    expect((await ruler.measure(shifted)).frechetPca64).toBeCloseTo(64 * 0.2 ** 2, 6);
  });

  it('leaves out what it cannot measure', async () => {
    const wide = { ...plain, width: 40, height: 32, count: 2 };
    const large = { ...wide, images: new Uint8Array(2 * 40 * 32), labels: Int32Array.of(0, 1) };
    const ruler = await pictureRuler({ train: large, real: large });

    expect(await ruler.measure(large)).toEqual({ count: 2, realCount: 2 });
  });

  it('refuses pictures of another size', async () => {
    const ruler = await pictureRuler({ train: plain, real: plain });

    await expect(ruler.measure({ ...plain, width: 4, height: 16 })).rejects.toThrow(ShapeError);
  });
});

describe('independentPixels', () => {
  it('takes each value from its own place', () => {
    const rows = { ...plain, images: plain.images.map((_, i) => i % 64) };

    const { values, count } = independentPixels(rows, 3, keyFromSeed(1n));

    expect(count).toBe(3);
    expect([...values]).toEqual(Array.from({ length: 3 * 64 }, (_, i) => i % 64));
  });

  it('breaks what holds pixels together', () => {
    const { values } = independentPixels(plain, 1, keyFromSeed(1n));

    expect(new Set(values).size).toBeGreaterThan(10);
  });
});

describe('firstPictures', () => {
  it('takes as many as there are at most', () => {
    expect(firstPictures(plain, 3)).toMatchObject({ count: 3, labels: Int32Array.of(0, 1, 0) });
    expect(firstPictures(plain, 99).count).toBe(40);
  });
});
