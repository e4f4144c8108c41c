import { readFile, writeFile } from 'node:fs/promises';
import { bytesSource, exportParams, openSafetensors, writeSafetensors } from '@nextx/core';
import type { HostTensor, ParamTree } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { imageRecipes, loadImageModel } from '@nextx/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyWorkspace } from '../testing/tiny-workspace.test-support.ts';
import { importOfficial, type OpenCheckpoint } from './import-official.ts';

const workspace = tinyWorkspace();
const { at, run } = workspace;

/** The tiny model's weights under their official names, as two open checkpoints. */
async function officialCheckpoints(): Promise<{
  model: OpenCheckpoint;
  tokenizer: OpenCheckpoint;
}> {
  const loaded = await loadImageModel(folderFiles(at('model')));
  const recipe = await imageRecipes['var']();
  const params = loaded.model.params;
  const rules = recipe.importRules(loaded.config.options, params);
  const model = await exportParams(params, rules);
  const tokenizer = await exportParams(
    loaded.tokenizer.params as ParamTree,
    loaded.tokenizer.importRules,
  );
  loaded.dispose();
  return {
    model: await opened('model', model),
    tokenizer: await opened('tokenizer', tokenizer),
  };
}

async function opened(
  file: string,
  tensors: ReadonlyMap<string, HostTensor>,
): Promise<OpenCheckpoint> {
  return { file, reader: await openSafetensors(bytesSource(writeSafetensors(tensors), file)) };
}

async function tinyOfficial() {
  const config = JSON.parse(await readFile(at('model', 'config.json'), 'utf8')) as {
    options: object;
    tokenizer: { recipe: string; options: object };
  };
  return { model: { recipe: 'var', options: config.options }, tokenizer: config.tokenizer };
}

beforeAll(() => workspace.make(), 120_000);
afterAll(() => workspace.remove());

describe('importOfficial', () => {
  it('makes the model of its own official form again', async () => {
    const { model, tokenizer } = await officialCheckpoints();
    const official = await tinyOfficial();
    await importOfficial({ official, model, tokenizer, out: at('imported'), card: '# imported\n' });

    const [before, after] = await Promise.all(
      ['model', 'imported'].map(async (name) =>
        openSafetensors(bytesSource(await readFile(at(name, 'model.safetensors')))),
      ),
    );
    expect(await after.readAll()).toEqual(await before.readAll());
  });

  it('finds weights inside the dictionary of a training program, and names what it leaves out', async () => {
    const { model, tokenizer } = await officialCheckpoints();
    const wrapped = new Map<string, HostTensor>();
    for (const name of model.reader.tensors.keys())
      wrapped.set(`module.${name}`, await model.reader.read(name));
    wrapped.set('module.lvl_1L', { dtype: 'F32', shape: [1], data: Float32Array.of(0) });
    const { ignored } = await importOfficial({
      official: await tinyOfficial(),
      model: await opened('wrapped', wrapped),
      tokenizer,
      out: at('unwrapped'),
      card: '# unwrapped\n',
    });

    expect(ignored).toEqual(['module.lvl_1L']);
    expect(await readFile(at('unwrapped', 'model.safetensors'))).toEqual(
      await readFile(at('imported', 'model.safetensors')),
    );
  });

  it('refuses a checkpoint of another size, naming the tensors', async () => {
    const { model, tokenizer } = await officialCheckpoints();
    const official = await tinyOfficial();
    const wider = {
      ...official,
      model: { recipe: 'var', options: { ...official.model.options, width: 32 } },
    };

    await expect(
      importOfficial({ official: wider, model, tokenizer, out: at('wider'), card: '' }),
    ).rejects.toMatchObject({
      code: 'SHAPE',
      message: expect.stringContaining('"word_embed.weight" has shape [16, 4]') as string,
    });
  });
});

describe('nextx import', () => {
  it.each([
    [['--as', 'var-d61', '--tokenizer', 't'], 2, 'Did you mean var-d16?'],
    [['--as', 'var-d16'], 2, '--tokenizer is missing'],
    [['--as', 'var-tokenizer', '--tokenizer', 't'], 2, 'which is one itself'],
    [['--as', 'var-tokenizer'], 1, 'nowhere.pth'],
  ])('ends with its code for %j', async (words, expected, message) => {
    const { code, err } = await run(['import', 'nowhere.pth', '--out', at('none'), ...words]);

    expect(err).toContain(message);
    expect(code).toBe(expected);
  });

  it('refuses a checkpoint of another model, writing nothing', async () => {
    await writeFile(at('other.safetensors'), await readFile(at('tokenizer', 'model.safetensors')));
    const words = ['--as', 'var-tokenizer', '--out', at('none')];
    const { code, err } = await run(['import', at('other.safetensors'), ...words]);

    expect(code).toBe(1);
    expect(err).toMatch(/\d+ tensors do not fit: .*\(and \d+ more\)\. Check --as/);
  });
});
