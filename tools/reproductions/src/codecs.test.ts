import type { ImageDataset } from '@nextx/image';
import { describe, expect, it } from 'vitest';
import { codecsAtBits } from './codecs.ts';

/** Two pictures of 16 x 16: a plain one, and a slope. */
const dataset: ImageDataset = {
  name: 'two',
  split: 'test',
  width: 16,
  height: 16,
  channels: 3,
  count: 2,
  images: Uint8Array.from({ length: 2 * 768 }, (_, i) =>
    i < 768 ? 200 : Math.floor((i % 768) / 3) % 256,
  ),
  labels: Int32Array.of(0, 0),
  labelNames: ['any'],
};

describe('codecsAtBits', () => {
  it('gives each codec the bytes that the bits make, with and without its header', async () => {
    const scores = await codecsAtBits(dataset, 8 * 2000);

    expect(scores.map(({ codec, counting }) => `${codec} ${counting}`)).toEqual([
      'jpeg file',
      'jpeg payload',
      'webp file',
      'webp payload',
    ]);
    for (const { targetBytes, bytes, overBudget, pictures, psnr } of scores) {
      expect({ targetBytes, overBudget, pictures }).toEqual({
        targetBytes: 2000,
        overBudget: 0,
        pictures: 2,
      });
      expect(bytes).toBeLessThanOrEqual(2000);
      expect(psnr).toBeGreaterThan(30);
    }
  });

  it('counts the pictures that no quality makes small enough', async () => {
    const [jpeg] = await codecsAtBits(dataset, 8);

    expect(jpeg).toMatchObject({ targetBytes: 1, overBudget: 1 });
    expect(jpeg.bytes).toBeGreaterThan(1);
  });
});
