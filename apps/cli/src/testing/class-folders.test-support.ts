import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@nextx/image';
import type { OpenTrainingConfig } from '../training/training-config.ts';

const side = 8;

/**
 * Writes two classes of eight 8 x 8 pictures each, stripes that run across or down, and a test split of one each.
 *
 * @param contrast  What is taken off the white of each picture after the first; another gives other pictures.
 */
export async function writeClassFolders(folder: string, contrast = 8): Promise<void> {
  for (const split of ['train', 'test']) {
    for (const name of ['across', 'down']) {
      const place = join(folder, split, name);
      await mkdir(place, { recursive: true });
      const count = split === 'train' ? 8 : 1;
      for (let index = 0; index < count; index++) {
        const data = Uint8Array.from({ length: side * side }, (_, at) => {
          const line = name === 'across' ? Math.floor(at / side) : at % side;
          return (line + index) % 4 < 2 ? 255 - contrast * index : contrast * index;
        });
        const png = encodePng({ width: side, height: side, channels: 1, data });
        await writeFile(join(place, `${index}.png`), png);
      }
    }
  }
}

/** Config of a tokenizer that trains in a moment. */
export const tinyTokenizer: OpenTrainingConfig = {
  recipe: 'var-tokenizer',
  options: {
    imageSize: side,
    imageChannels: 1,
    channels: 4,
    multipliers: [1, 2],
    blocksPerLevel: 1,
    groups: 2,
    latentChannels: 4,
    codebookSize: 16,
    sides: [1, 2, 4],
  },
  training: { steps: 3, batchSize: 4, warmupSteps: 1, averageDecay: 0.5 },
};

/** Config of a next-scale model that trains in a moment. */
export const tinyVar: OpenTrainingConfig = {
  recipe: 'var',
  options: { depth: 1, width: 16, heads: 2 },
  training: { steps: 3, batchSize: 4, warmupSteps: 1 },
};
