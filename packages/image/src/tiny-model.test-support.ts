import {
  bytesSource,
  float32Tensor,
  foldIn,
  keyFromSeed,
  normals,
  ResourceError,
  writeSafetensors,
} from '@nextx/core';
import type { HostTensor, ModelConfig, ModelFiles } from '@nextx/core';
import { tinyRecipes } from './conformance-table.test-support.ts';
import { officialModelPart, officialTokenizerPart } from './import-official.ts';

/** Names of the tiny models' classes. */
const tinyLabels: readonly string[] = ['shirt', 'bag', 'sneaker'];

/** What a tiny model's folder holds. */
export interface TinyContent {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** A model of pictures of 6 x 6 grey pixels with weights drawn from a normal distribution; the same at every call. */
export async function tinyContent(name: string): Promise<TinyContent> {
  const { options, tokenizer: tokenizerOptions } = tinyRecipes[name];
  const model = { recipe: name, options };
  const tokenizer = { recipe: `${name}-tokenizer`, options: tokenizerOptions };
  const named = [
    ...(await officialModelPart(model, tokenizer)).own.map(
      ([path, t]) => [`model.${path}`, t] as const,
    ),
    ...(await officialTokenizerPart(tokenizer)).own.map(
      ([path, t]) => [`tokenizer.${path}`, t] as const,
    ),
  ];
  const key = keyFromSeed(5n);
  const tensors = named.map(([path, { shape, size }], index) => {
    const values = Float32Array.from(normals(foldIn(key, index), size), (value) => 0.4 * value);
    return [path, float32Tensor(values, shape)] as const;
  });
  return {
    config: { ...model, version: 1, tokenizer, labels: tinyLabels },
    tensors: new Map(tensors),
  };
}

/** A model folder in memory. */
export function filesOf({ config, tensors }: TinyContent): ModelFiles {
  const files = new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    ['model.safetensors', writeSafetensors(tensors)],
  ]);
  return {
    name: 'tiny',
    get: async (file) => {
      const bytes = files.get(file);
      if (bytes === undefined) throw new ResourceError(`tiny: has no ${file}.`, 'NOT_FOUND');
      return bytesSource(bytes, file);
    },
  };
}
