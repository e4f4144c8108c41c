import { disposeParams } from '@nextx/core';
import type { HostTensor, Initializer, ModelConfig, TensorReader } from '@nextx/core';
import { saveModel } from '@nextx/core/node';
import { imageRecipes, imageTokenizers } from '@nextx/image';
import { zeros } from '@tensorflow/tfjs-core';
import type { OfficialModel } from './official-models.ts';
import { officialTensors, type OfficialTensors } from './official-tensors.ts';

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
  readonly onProgress?: (label: string, done: number, total: number) => void;
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
};

/**
 * Writes a model folder of official checkpoints. An engine must be active.
 *
 * @throws {CheckpointError} SHAPE if the checkpoints do not hold the weights; nothing is written then.
 */
export async function importOfficial(request: ImportRequest): Promise<ImportResult> {
  const { official, model, tokenizer, out, card } = request;
  const tokenizerRecipe = await imageTokenizers[official.tokenizer.recipe]();
  const tokenizerOptions = tokenizerRecipe.parse(official.tokenizer.options);
  const tokenizerTemplate = tokenizerRecipe.init(tokenizerOptions, shapesOnly);
  try {
    const bound = tokenizerRecipe.bind(tokenizerOptions, tokenizerTemplate);
    const isAlone = official.model === undefined || model === undefined;
    const parts = [
      await officialTensors({
        ...tokenizer,
        template: tokenizerTemplate,
        rules: bound.importRules,
        prefix: isAlone ? '' : 'tokenizer.',
        ...progressOf(request, 'tokenizer'),
      }),
    ];
    let config: ModelConfig = { recipe: bound.recipe, version: 1, options: bound.options };
    if (official.model !== undefined && model !== undefined) {
      const recipe = await imageRecipes[official.model.recipe]();
      const options = recipe.parse(official.model.options);
      const template = recipe.init(options, bound, shapesOnly);
      const rules = recipe.importRules(options, template);
      try {
        const progress = progressOf(request, 'model');
        parts.push(
          await officialTensors({ ...model, template, rules, prefix: 'model.', ...progress }),
        );
      } finally {
        disposeParams(template);
      }
      config = {
        recipe: recipe.name,
        version: 1,
        options,
        tokenizer: { recipe: bound.recipe, options: bound.options },
      };
    }
    const tensors = new Map<string, HostTensor>(parts.flatMap((part) => [...part.tensors]));
    const checksum = await saveModel(out, { config, tensors, card });
    const ignored = parts.flatMap((part) => part.ignored);
    return { checksum, weights: tensors.size, ignored };
  } finally {
    disposeParams(tokenizerTemplate);
  }
}

function progressOf(
  { onProgress }: ImportRequest,
  label: string,
): Pick<OfficialTensors, 'onProgress'> {
  return onProgress === undefined
    ? {}
    : { onProgress: (done, total) => onProgress(`importing the ${label}`, done, total) };
}
