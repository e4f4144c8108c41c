import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disposeParams, initializer } from '@nextx/core';
import { encodeDataset, imageTokenizers } from '@nextx/image';
import type { ImageDataset, ImageTokenizer } from '@nextx/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activateEngine } from '../engines/engine.ts';
import { progressLine, type ProgressLine } from '../terminal/progress.ts';
import { capturedWorld } from '../testing/captured-world.test-support.ts';
import { tinyTokenizer } from '../testing/class-folders.test-support.ts';
import { encodedIds } from './encoded-ids.ts';

const count = 250;
const images = Uint8Array.from({ length: count * 64 }, (_, index) => (index * index) % 251);
const dataset: ImageDataset = {
  name: 'noise',
  split: 'train',
  width: 8,
  height: 8,
  channels: 1,
  count,
  images,
  labels: new Int32Array(count),
  labelNames: ['noise'],
};
let folder = '';
let tokenizer: ImageTokenizer;

beforeAll(async () => {
  await activateEngine('cpu');
  folder = await mkdtemp(join(tmpdir(), 'nextx-ids-'));
  const recipe = await imageTokenizers['var-tokenizer']();
  const options = recipe.parse(tinyTokenizer.options);
  tokenizer = recipe.bind(options, recipe.init(options, initializer([1, 2])));
});
afterAll(async () => {
  disposeParams(tokenizer.params);
  await rm(folder, { recursive: true, force: true });
});

const request = () => ({ tokenizer, checksum: 'ab', dataset, folder });

describe('encodedIds', () => {
  it('lets a signal of the system through between slices, and leaves no file', async () => {
    const world = capturedWorld();
    const reported: number[] = [];
    const progress: ProgressLine = {
      report: ({ done }) => {
        reported.push(done);
        setImmediate(world.stop);
      },
      print: () => undefined,
      end: () => undefined,
    };

    await expect(encodedIds(request(), { world, progress })).rejects.toThrow('stop');
    expect(reported).toEqual([200]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives the ids that encoding all at once gives, and then those of its file', async () => {
    const world = capturedWorld();
    const context = { world, progress: progressLine(world) };
    const first = await encodedIds(request(), context);
    const said = world.stderr();

    expect(first).toEqual(await encodeDataset(tokenizer, dataset));
    expect(said).toContain('encoding the train split: 250/250');
    expect(await encodedIds(request(), context)).toEqual(first);
    expect(world.stderr()).toBe(said);
  });
});
