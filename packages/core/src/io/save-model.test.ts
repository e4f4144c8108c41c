import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failingFs } from './failing-fs.test-support.ts';
import { folderFiles } from './folder-files.ts';
import { float32Tensor } from './host-tensor.ts';
import { fileList } from './model-files.ts';
import { openModel } from './model-folder.ts';
import { type SavedModel, previousModelFolder, saveModel } from './save-model.ts';

let root = '';
let dir = '';

const modelOf = (value: number): SavedModel => ({
  config: {
    recipe: 'var',
    version: 1,
    options: { depth: value },
    tokenizer: { recipe: 'multi-scale-vq', options: {} },
    labels: ['shirt', 'bag'],
  },
  tensors: [['w', float32Tensor(Float32Array.of(value), [1])]],
  card: '# A model\n',
});

async function valueOf(folder: string): Promise<number> {
  const { config, weights } = await openModel(folderFiles(folder));
  const value = Number((await weights.read('w')).data[0]);
  await weights.close();
  expect(config.options).toEqual({ depth: value });
  return value;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-model-'));
  dir = join(root, 'model');
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe('saveModel', () => {
  it('writes a folder that openModel reads back, with the checksum of the weights', async () => {
    const checksum = await saveModel(dir, modelOf(4));

    const { config, weights, checksum: opened } = await openModel(folderFiles(dir));
    const file = await readFile(join(dir, 'model.safetensors'));
    expect(config).toEqual({ ...modelOf(4).config, checksum });
    expect(opened).toBe(createHash('sha256').update(file).digest('hex'));
    expect(checksum).toBe(opened);
    expect((await weights.read('w')).data).toEqual(Float32Array.of(4));
    expect((await readdir(dir)).sort()).toEqual(['README.md', 'config.json', 'model.safetensors']);
    expect(await readdir(root)).toEqual(['model']);
  });

  it('writes the same bytes tensor by tensor from a reader', async () => {
    const tensors = new Map([
      ['b', float32Tensor(Float32Array.of(1, 2), [2])],
      ['a', float32Tensor(Float32Array.of(3), [])],
    ]);
    const order: string[] = [];
    const reader = {
      tensors,
      read: async (name: string) => {
        order.push(name);
        return tensors.get(name) ?? float32Tensor(new Float32Array(0), [0]);
      },
    };

    const checksum = await saveModel(dir, { ...modelOf(1), tensors: reader });

    expect(order).toEqual(['a', 'b']);
    expect(checksum).toBe(await saveModel(join(root, 'whole'), { ...modelOf(1), tensors }));
  });

  it('leaves nothing when a reader gives a tensor of another size than it announced', async () => {
    const reader = {
      tensors: new Map([['a', { dtype: 'F32', shape: [2] } as const]]),
      read: async () => float32Tensor(Float32Array.of(3), [1]),
    };

    await expect(saveModel(dir, { ...modelOf(1), tensors: reader })).rejects.toThrow(
      'takes 8 bytes, its data has 4',
    );
    expect(await readdir(root)).toEqual([]);
  });

  it('replaces a model and keeps the other files of its folder', async () => {
    await saveModel(dir, modelOf(1));
    await writeFile(join(dir, 'sample.png'), 'png');

    await saveModel(dir, modelOf(2));

    expect(await valueOf(dir)).toBe(2);
    expect(await readFile(join(dir, 'sample.png'), 'utf8')).toBe('png');
    expect(await readdir(root)).toEqual(['model']);
  });

  it('refuses a folder that holds something else', async () => {
    await mkdir(dir);
    await writeFile(join(dir, 'thesis.txt'), 'years');

    await expect(saveModel(dir, modelOf(1))).rejects.toMatchObject({ code: 'ARG' });
    expect(await readdir(dir)).toEqual(['thesis.txt']);
  });

  it('refuses a config with unknown keys before it writes anything', async () => {
    const config = { ...modelOf(1).config, auto_map: {} };

    await expect(saveModel(dir, { ...modelOf(1), config })).rejects.toMatchObject({
      code: 'CONFIG',
    });
    expect(existsSync(dir)).toBe(false);
  });

  it('holds the old model or the new one, and all other files, when every call from the k-th on fails', async () => {
    const counting = failingFs(0, 0);
    await saveModel(dir, modelOf(1));
    await writeFile(join(dir, 'sample.png'), 'png');
    await saveModel(dir, modelOf(1), { fs: counting.fs });

    for (let k = 1; k <= counting.calls(); k += 1) {
      const { fs } = failingFs(k, Infinity);
      const saved = saveModel(dir, modelOf(k + 1), { fs, pauseMs: 0 });
      await expect(saved).rejects.toMatchObject({ code: 'IO' });
      expect([1, k + 1]).toContain(await valueOf(dir));
      await saveModel(dir, modelOf(1));
      expect(await readFile(join(dir, 'sample.png'), 'utf8')).toBe('png');
    }
    expect(await readdir(root)).toEqual(['model']);
    expect(counting.calls()).toBeGreaterThan(15);
  });

  it('succeeds when one call fails once', async () => {
    const counting = failingFs(0, 0);
    await saveModel(dir, modelOf(0));
    await saveModel(dir, modelOf(0), { fs: counting.fs });

    for (let k = 1; k <= counting.calls(); k += 1) {
      await saveModel(dir, modelOf(k), { fs: failingFs(k, k).fs, pauseMs: 0 });
      expect(await valueOf(dir)).toBe(k);
    }
  });
});

describe('folderFiles', () => {
  it('puts back the model that a killed save had moved aside', async () => {
    await saveModel(dir, modelOf(3));
    await rename(dir, previousModelFolder(dir));

    expect(await valueOf(dir)).toBe(3);
  });

  it.each(['../x', '/etc/passwd', 'a\\b', '..', 'C:x', 'a\0b'])(
    'refuses the name %j',
    async (name) => {
      await expect(folderFiles(root).get(name)).rejects.toMatchObject({ code: 'UNSAFE' });
    },
  );
});

describe('fileList', () => {
  it('opens a model from chosen files', async () => {
    await saveModel(dir, modelOf(5));
    const files = await Promise.all(
      (await readdir(dir)).map(async (name) => new File([await readFile(join(dir, name))], name)),
    );

    const { weights } = await openModel(fileList(files));

    expect((await weights.read('w')).data).toEqual(Float32Array.of(5));
  });

  it('names the file that was not chosen', async () => {
    await expect(openModel(fileList([]))).rejects.toThrow(/must include config\.json/);
  });
});
