import { CheckpointError, float32Tensor, OptionError } from '@nextx/core';
import type { HostTensor, TensorReader } from '@nextx/core';
import { fixtureFolder, hasFixture } from '@nextx/core/testing';
import { getBackend } from '@tensorflow/tfjs-core';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  importOfficial,
  officialModelPart,
  officialTokenizerPart,
  unwrappedNames,
} from './import-official.ts';
import { officialCheckpoints } from './official-checkpoints.ts';

type Shapes = Record<string, number[]>;
type Published = Record<string, { parameters: number; keys: Shapes | string }>;

function published(system: string): Published {
  const path = join(fixtureFolder('image', system), 'published_keys.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** A file with names and shapes; values are all the same. */
function fakeFile(shapes: Shapes, value = 0): TensorReader {
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => [name, { dtype: 'F32' as const, shape }]),
  );
  return {
    tensors,
    read: async (name): Promise<HostTensor> => {
      const shape = shapes[name];
      const size = shape.reduce((product, axis) => product * axis, 1);
      return float32Tensor(new Float32Array(size).fill(value), shape);
    },
  };
}

const varFiles = published('var');
const llamaGenFiles = published('llamagen');
const varTokenizer = varFiles['vae_ch160v4096z32.pth']?.keys as Shapes;
const llamaGenTokenizer = llamaGenFiles['vq_ds16_c2i.pt']?.keys as Shapes;

async function importShapes(as: string, model: Shapes | undefined, tokenizer: Shapes) {
  return importOfficial({
    as,
    sources: {
      ...(model && { model: fakeFile(model) }),
      tokenizer: fakeFile(tokenizer),
    },
  });
}

function parametersOf({ tensors }: TensorReader, prefix: string): number {
  let count = 0;
  for (const [name, { shape }] of tensors) {
    if (name.startsWith(prefix)) count += shape.reduce((size, axis) => size * axis, 1);
  }
  return count;
}

describe.skipIf(!hasFixture('image', 'var', 'published_keys.json'))('importOfficial of VAR', () => {
  it.each([
    ['var-d16', 'var_d16.pth'],
    ['var-d36', 'var_d36.pth'],
  ])(
    'maps or passes over every name that %s publishes, and covers every weight',
    async (as, file) => {
      const { keys, parameters } = varFiles[file];

      const { config, tensors } = await importShapes(as, keys as Shapes, {
        ...varTokenizer,
        // The statistics of hits have a row a scale, whatever the scales are.
        'quantize.ema_vocab_hit_SV': [10, 4096],
      });

      expect(parametersOf(tensors, 'model.')).toBe(parameters);
      expect(parametersOf(tensors, 'tokenizer.')).toBe(
        varFiles['vae_ch160v4096z32.pth'].parameters,
      );
      expect(config.recipe).toBe('var');
      expect(config.tokenizer?.recipe).toBe('var-tokenizer');
    },
  );

  it('imports the tokenizer alone', async () => {
    const { config, tensors } = await importShapes('var-tokenizer', undefined, varTokenizer);

    expect(parametersOf(tensors, '')).toBe(varFiles['vae_ch160v4096z32.pth'].parameters);
    expect(tensors.tensors.has('encoder.convIn.weight')).toBe(true);
    expect(config).toMatchObject({ recipe: 'var-tokenizer', version: 1 });
  });

  it('asks no engine for anything, whatever the size of the model', async () => {
    // No backend is registered in this file: making a tensor would throw.
    expect(getBackend()).toBeUndefined();

    const { own } = await officialModelPart(
      { recipe: 'var', options: { depth: 30 } },
      officialCheckpoints['var-d30'].tokenizer,
    );

    expect(own).toHaveLength(10 + 30 * 12);
  });

  it('lists what is missing, left over and misshapen in one error', async () => {
    const { 'head.bias': _, ...rest } = varFiles['var_d16.pth'].keys as Shapes;
    const broken = { ...rest, pos_start: [1, 1, 512], extra: [3] };

    const importing = importShapes('var-d16', broken, varTokenizer);

    await expect(importing).rejects.toThrow(CheckpointError);
    await expect(importing).rejects.toThrow(
      /missing: "head.bias".*misshapen: "pos_start".*unexpected: "extra"/,
    );
  });

  it('refuses a file of another size, naming it', async () => {
    const importing = importShapes('var-d20', varFiles['var_d16.pth'].keys as Shapes, varTokenizer);

    await expect(importing).rejects.toMatchObject({ code: 'SHAPE' });
    await expect(importing).rejects.toThrow('import as var-d20: model');
  });

  it('reads the three parts of a fused projection and turns it', async () => {
    const { tensors } = await importOfficial({
      as: 'var-tokenizer',
      sources: { tokenizer: countingFile(varTokenizer, 'encoder.mid.attn_1.qkv.weight') },
    });

    const width = varTokenizer['encoder.mid.attn_1.qkv.weight'][1];
    const query = await tensors.read('encoder.middle.attention.query.weight');
    const value = await tensors.read('encoder.middle.attention.value.weight');

    // Official [out, in, 1, 1], ours [1, 1, in, out]: from input 1 to output 0, then to output 1.
    expect([...(query.data as Float32Array).subarray(width, width + 2)]).toEqual([1, width + 1]);
    expect(value.data[0]).toBe(2 * width * width);
  });

  it('refuses values that are not finite, with their official name', async () => {
    const { tensors } = await importOfficial({
      as: 'var-tokenizer',
      sources: { tokenizer: fakeFile(varTokenizer, Number.NaN) },
    });

    const reading = tensors.read('toLatents.bias');

    await expect(reading).rejects.toMatchObject({ code: 'BAD_WEIGHTS' });
    await expect(reading).rejects.toThrow('"quant_conv.bias"');
  });
});

describe.skipIf(!hasFixture('image', 'llamagen', 'published_keys.json'))(
  'importOfficial of LlamaGen',
  () => {
    it('maps or passes over every published name of GPT-B and its tokenizer', async () => {
      const { tensors } = await importShapes(
        'llamagen-b',
        llamaGenFiles['GPT-B'].keys as Shapes,
        llamaGenTokenizer,
      );

      expect(parametersOf(tensors, 'model.')).toBe(llamaGenFiles['GPT-B'].parameters);
      expect(parametersOf(tensors, 'tokenizer.')).toBe(llamaGenFiles['vq_ds16_c2i.pt'].parameters);
    });
  },
);

describe('sizes of the published models', () => {
  it.each([
    ['var-d16', 310_283_520],
    ['var-d20', 600_917_136],
    ['var-d24', 1_033_399_360],
    ['var-d30', 2_010_020_356],
    ['var-d36', 2_353_893_904],
    ['llamagen-b', 110_888_448],
    ['llamagen-l', 342_910_976],
    ['llamagen-xl', 774_699_520],
    ['llamagen-xxl', 1_410_972_672],
    ['llamagen-3b', 3_096_659_200],
  ])('%s has the %d weights counted in the official code', async (as, parameters) => {
    const { model, tokenizer } = officialCheckpoints[as];
    const { own } = await officialModelPart(model ?? tokenizer, tokenizer);

    expect(own.reduce((sum, [, { size }]) => sum + size, 0)).toBe(parameters);
  });

  it.each([
    ['var-tokenizer', 108_948_355],
    ['llamagen-tokenizer-16', 71_883_403],
    ['llamagen-tokenizer-8', 70_109_835],
  ])('%s has the %d weights counted in the official code', async (as, parameters) => {
    const { own } = await officialTokenizerPart(officialCheckpoints[as].tokenizer);

    expect(own.reduce((sum, [, { size }]) => sum + size, 0)).toBe(parameters);
  });
});

describe('importOfficial', () => {
  it.each(['var-d17', 'toString', ''])(
    'refuses the unknown name %j and lists the known ones',
    async (as) => {
      const importing = importOfficial({ as, sources: {} });

      await expect(importing).rejects.toThrow(OptionError);
      await expect(importing).rejects.toThrow('var-d16, var-d20');
    },
  );

  it('says which file is missing', async () => {
    await expect(importOfficial({ as: 'var-d16', sources: {} })).rejects.toThrow(
      'checkpoint of its model, got none',
    );
  });
});

describe('unwrappedNames', () => {
  it('removes wrappers that all names have, one inside the other', () => {
    const names = unwrappedNames(['model.module.a', 'model.module.b.c']);

    expect([...names]).toEqual([
      ['a', 'model.module.a'],
      ['b.c', 'model.module.b.c'],
    ]);
  });

  it('keeps a first part that only some names have', () => {
    expect([...unwrappedNames(['model.a', 'b']).keys()]).toEqual(['model.a', 'b']);
  });
});

/** A file whose named tensor counts up from 0; all others are zero. */
function countingFile(shapes: Shapes, counted: string): TensorReader {
  const file = fakeFile(shapes);
  return {
    ...file,
    read: async (name) => {
      const tensor = await file.read(name);
      if (name !== counted) return tensor;
      return float32Tensor(
        Float32Array.from({ length: tensor.data.length }, (_, i) => i),
        tensor.shape,
      );
    },
  };
}
