import type { TokenValues } from '@nextx/core';
import { float32Tensor } from '@nextx/core';
import { folderFiles, saveModel } from '@nextx/core/node';
import * as tf from '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadImageModel, loadImageTokenizer } from './image-model.ts';
import type { ImageModel } from './image-model.ts';
import { filesOf, tinyContent } from './tiny-model.test-support.ts';

async function tokensOf(model: ImageModel): Promise<TokenValues> {
  for await (const event of model.generate({ labels: ['bag'], count: 2, seed: 3 })) {
    if (event.kind === 'done') return event.tokens;
  }
  throw new Error('generation ended without its last event');
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('loadImageModel', () => {
  it.each(['var', 'llamagen'])(
    'draws the same tokens with %s after it was saved and loaded',
    async (name) => {
      const content = await tinyContent(name);
      const folder = await mkdtemp(join(tmpdir(), 'nextx-image-'));
      const first = await loadImageModel(filesOf(content));
      await saveModel(join(folder, 'model'), { ...content, card: '# tiny\n' });
      const second = await loadImageModel(folderFiles(join(folder, 'model')));

      const tokens = await tokensOf(first);

      expect(new Set(tokens).size).toBeGreaterThan(1);
      expect(await tokensOf(second)).toEqual(tokens);
      expect(second.checksum).toBe(first.checksum);
      expect(second.labels).toEqual(['shirt', 'bag', 'sneaker']);
      first.dispose();
      second.dispose();
      await rm(folder, { recursive: true });
    },
  );

  it('frees every weight, twice without harm, and refuses to generate then', async () => {
    const files = filesOf(await tinyContent('var'));
    const before = tf.memory().numTensors;
    const model = await loadImageModel(files);

    model.dispose();
    model.dispose();

    expect(tf.memory().numTensors).toBe(before);
    await expect(tokensOf(model)).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('lists every weight that is missing, left over or of another shape (C2)', async () => {
    const { config, tensors } = await tinyContent('var');
    const changed = new Map(tensors);
    changed.delete('model.head.bias');
    changed.set('tokenizer.extra', float32Tensor(new Float32Array(1), [1]));
    changed.set('model.start', float32Tensor(new Float32Array(8), [1, 8]));
    const before = tf.memory().numTensors;

    const loading = loadImageModel(filesOf({ config, tensors: changed }));

    await expect(loading).rejects.toMatchObject({ code: 'SHAPE' });
    await expect(loading).rejects.toThrow(
      /1 missing: "model.head.bias" \[16\].*"model.start" must be \[1, 16\], is \[1, 8\].*unexpected: "tokenizer.extra"/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a vocabulary that is not that of the codebook (C6)', async () => {
    const { config, tensors } = await tinyContent('var');
    const { recipe, options } = config.tokenizer ?? { recipe: '', options: {} };
    const tokenizer = { recipe, options: { ...(options as object), codebookSize: 8 } };

    await expect(
      loadImageModel(filesOf({ config: { ...config, tokenizer }, tensors })),
    ).rejects.toThrow('"tokenizer.quantizer.codebook" must be [8, 4], is [16, 4]');
  });

  it('refuses weights that are not finite (A19)', async () => {
    const { config, tensors } = await tinyContent('var');
    const bad = new Map(tensors).set(
      'model.start',
      float32Tensor(new Float32Array(16).fill(Number.NaN), [1, 16]),
    );

    const loading = loadImageModel(filesOf({ config, tensors: bad }));

    await expect(loading).rejects.toMatchObject({ code: 'BAD_WEIGHTS' });
    await expect(loading).rejects.toThrow('model.start');
  });

  it.each([
    ['a recipe that there is not', { recipe: 'vra' }, 'must be one of var, llamagen'],
    [
      'a recipe named like a method of objects',
      { recipe: 'toString' },
      'must be one of var, llamagen',
    ],
    ['an option that there is not', { options: { depht: 2 } }, 'depht'],
    [
      'a tokenizer that there is not',
      { tokenizer: { recipe: 'vq', options: {} } },
      'var-tokenizer',
    ],
  ])('refuses %s', async (_, change, message) => {
    const { config, tensors } = await tinyContent('var');

    const loading = loadImageModel(filesOf({ config: { ...config, ...change }, tensors }));

    await expect(loading).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(loading).rejects.toThrow(message);
  });
});

describe('loadImageTokenizer', () => {
  it('loads a tokenizer that stands alone and frees it', async () => {
    const { config, tensors } = await tinyContent('var');
    const own = new Map(
      [...tensors]
        .filter(([path]) => path.startsWith('tokenizer.'))
        .map(([path, tensor]) => [path.slice('tokenizer.'.length), tensor]),
    );
    const { recipe, options } = config.tokenizer ?? { recipe: '', options: {} };
    const files = filesOf({ config: { recipe, options, version: 1 }, tensors: own });
    const before = tf.memory().numTensors;

    const tokenizer = await loadImageTokenizer(files);

    expect(tokenizer.sampleShape).toEqual([6, 6, 1]);
    expect(tokenizer.length).toBe(1 + 4 + 9);
    tokenizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
