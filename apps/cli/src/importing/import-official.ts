import { disposeParams } from '@nextx/core';
import type { Initializer, ModelConfig, ParamTree, TensorReader } from '@nextx/core';
import { saveModel } from '@nextx/core/node';
import { imageRecipes, imageTokenizers } from '@nextx/image';
import type { ImageTokenizer } from '@nextx/image';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import type { OfficialModel } from './official-models.ts';
import { officialTensors, type ImportedTensors } from './official-tensors.ts';

/** A checkpoint that is open. */
export interface OpenCheckpoint {
  /** For messages. */
  readonly file: string;
  readonly reader: TensorReader;
}

/** What is imported, from where and to where. */
export interface ImportRequest {
  readonly official: OfficialModel;
  /** Weights of the sequence model; absent for a tokenizer alone. */
  readonly model?: OpenCheckpoint;
  readonly tokenizer: OpenCheckpoint;
  readonly out: string;
  /** Text of the model card. */
  readonly card: string;
  /** Told how many of how many weights are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What came of it. */
export interface ImportResult {
  /** SHA-256 of the weights. */
  readonly checksum: string;
  readonly weights: number;
  /** Names in the checkpoints that no weight is made of. */
  readonly ignored: readonly string[];
}

/** Shapes are all that is asked of initial weights here. */
const shapesOnly: Initializer = {
  normal: (shape) => zeros([...shape]),
  truncatedNormal: (shape) => zeros([...shape]),
  uniform: (shape) => zeros([...shape]),
  zeros: (shape) => zeros([...shape]),
  ones: (shape) => zeros([...shape]),
  constant: (shape) => zeros([...shape]),
};

/**
 * Writes a model folder of official checkpoints. An engine must be active.
 *
 * @throws {CheckpointError} SHAPE if the checkpoints do not hold the weights; nothing is written then.
 */
export async function importOfficial(request: ImportRequest): Promise<ImportResult> {
  const { official, model, tokenizer, out, card, onProgress } = request;
  const tokenizerRecipe = await imageTokenizers[official.tokenizer.recipe]();
  const tokenizerOptions = tokenizerRecipe.parse(official.tokenizer.options);
  const template = tidy(() => tokenizerRecipe.init(tokenizerOptions, shapesOnly));
  const bound = tokenizerRecipe.bind(tokenizerOptions, template);
  const ofModel =
    official.model === undefined || model === undefined
      ? undefined
      : await modelPart(official.model, model, bound);
  try {
    const ofTokenizer = officialTensors({
      ...tokenizer,
      template,
      rules: bound.importRules,
      prefix: ofModel === undefined ? '' : 'tokenizer.',
    });
    const own = { recipe: bound.recipe, options: bound.options };
    const config: ModelConfig =
      ofModel === undefined
        ? { ...own, version: 1 }
        : { ...ofModel.config, version: 1, tokenizer: own };
    const tensors = joined([ofModel?.tensors, ofTokenizer], onProgress);
    const checksum = await saveModel(out, { config, tensors, card });
    const ignored = [...(ofModel?.tensors.ignored ?? []), ...ofTokenizer.ignored];
    return { checksum, weights: tensors.tensors.size, ignored };
  } finally {
    disposeParams(template);
    if (ofModel !== undefined) disposeParams(ofModel.template);
  }
}

interface ModelPart {
  readonly config: Pick<ModelConfig, 'recipe' | 'options'>;
  readonly tensors: ImportedTensors;
  /** Owned by the caller. */
  readonly template: ParamTree;
}

async function modelPart(
  official: NonNullable<OfficialModel['model']>,
  checkpoint: OpenCheckpoint,
  tokenizer: ImageTokenizer,
): Promise<ModelPart> {
  const recipe = await imageRecipes[official.recipe]();
  const options = recipe.parse(official.options);
  const template = tidy(() => recipe.init(options, tokenizer, shapesOnly));
  const rules = recipe.importRules(options, template);
  const tensors = officialTensors({ ...checkpoint, template, rules, prefix: 'model.' });
  return { config: { recipe: recipe.name, options }, tensors, template };
}

/** Several readers of different names as one. */
function joined(
  readers: readonly (TensorReader | undefined)[],
  onProgress: ImportRequest['onProgress'],
): TensorReader {
  const owners = new Map(
    readers.flatMap((reader) =>
      reader === undefined ? [] : [...reader.tensors.keys()].map((name) => [name, reader] as const),
    ),
  );
  const tensors = new Map(readers.flatMap((reader) => [...(reader?.tensors ?? [])]));
  let done = 0;
  return {
    tensors,
    read: async (name) => {
      const owner = owners.get(name);
      if (owner === undefined) throw new Error(`no weight is called ${name}`);
      const tensor = await owner.read(name);
      onProgress?.(++done, tensors.size);
      return tensor;
    },
  };
}
