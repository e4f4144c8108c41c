import {
  disposeParams,
  loadParams,
  openModel,
  OptionError,
  ResourceError,
  shapeOnly,
} from '@nextx/core';
import type { ModelConfig, ModelFiles, ParamTree, Plan } from '@nextx/core';
import { generateImages } from './generate.ts';
import type { GenerateEvent, GenerateOptions } from './generate.ts';
import { imageRecipes, imageTokenizers } from './recipes.ts';
import type { ImageRecipe, ImageSequenceModel } from './recipes/image-recipe.ts';
import type { ImageTokenizer } from './tokenizers/image-tokenizer.ts';

/** A model of pictures, loaded: it owns its weights until `dispose`. */
export interface ImageModel {
  readonly recipe: ImageRecipe;
  readonly config: ModelConfig;
  /** Names of the classes. */
  readonly labels: readonly string[];
  /** SHA-256 of the weights in hex. */
  readonly checksum: string;
  readonly tokenizer: ImageTokenizer;
  readonly model: ImageSequenceModel;
  readonly plan: Plan;
  readonly params: ParamTree;
  /** Generates pictures, a step of the plan at a time. */
  generate(options?: GenerateOptions): AsyncGenerator<GenerateEvent, void, void>;
  /** Frees the weights; safe to call twice. */
  dispose(): void;
}

/** A tokenizer loaded by itself. */
export type LoadedTokenizer = ImageTokenizer & {
  readonly checksum: string;
  /** Frees the weights; safe to call twice. */
  dispose(): void;
};

/**
 * Loads a model folder.
 *
 * @throws {ResourceError} NOT_FOUND if a file is missing.
 * @throws {OptionError} CONFIG if the config names no known recipe or has wrong options.
 * @throws {CheckpointError} SHAPE if weights are missing, left over or of another shape; BAD_WEIGHTS if one is not finite.
 */
export async function loadImageModel(files: ModelFiles): Promise<ImageModel> {
  const opened = await openModel(files);
  const { config, checksum } = opened;
  const { tokenizer: tokenizerConfig } = config;
  const open = ownValue(imageRecipes, config.recipe);
  if (open === undefined || tokenizerConfig === undefined) {
    await opened.weights.close();
    throw new OptionError(
      `${files.name}: recipe must be one of ${Object.keys(imageRecipes).join(', ')} with a tokenizer, got "${config.recipe}". Load a tokenizer alone with loadImageTokenizer.`,
      'CONFIG',
    );
  }
  const recipe = await open();
  const tokenizerRecipe = await tokenizerRecipeOf(tokenizerConfig.recipe);
  const tokenizerOptions = tokenizerRecipe.parse(tokenizerConfig.options);
  const options = recipe.parse(config.options);
  const shapes = shapeOnly();
  const tokenizerTemplate = tokenizerRecipe.init(tokenizerOptions, shapes);
  const template = recipe.template(
    options,
    tokenizerRecipe.bind(tokenizerOptions, tokenizerTemplate),
    shapes,
  );
  const weights = await loadParams(
    files.name,
    { model: template, tokenizer: tokenizerTemplate },
    opened,
  );
  const tokenizer = tokenizerRecipe.bind(tokenizerOptions, weights.tokenizer);
  const model = recipe.bind(options, weights.model, tokenizer);
  const labels =
    config.labels ??
    Array.from({ length: recipe.classes(options) }, (_, label) => `class ${label}`);
  let isDisposed = false;
  const loaded: ImageModel = {
    recipe,
    config,
    labels,
    checksum,
    tokenizer,
    model,
    plan: model.plan,
    params: weights,
    async *generate(generateOptions = {}) {
      if (isDisposed) {
        throw new ResourceError(
          'generate: the model must not be used after dispose(). Load it again.',
          'DISPOSED',
        );
      }
      yield* generateImages(loaded, generateOptions);
    },
    dispose() {
      isDisposed = true;
      disposeParams(weights);
    },
  };
  return loaded;
}

/** Loads the folder of a tokenizer. Throws as `loadImageModel`. */
export async function loadImageTokenizer(files: ModelFiles): Promise<LoadedTokenizer> {
  const opened = await openModel(files);
  const recipe = await tokenizerRecipeOf(opened.config.recipe);
  const options = recipe.parse(opened.config.options);
  const template = recipe.init(options, shapeOnly());
  const params = await loadParams(files.name, template, opened);
  return {
    ...recipe.bind(options, params),
    checksum: opened.checksum,
    dispose: () => disposeParams(params),
  };
}

async function tokenizerRecipeOf(
  name: string,
): ReturnType<(typeof imageTokenizers)[keyof typeof imageTokenizers]> {
  const open = ownValue(imageTokenizers, name);
  if (open === undefined) {
    throw new OptionError(
      `config.json: the tokenizer must be one of ${Object.keys(imageTokenizers).join(', ')}, got "${name}". Check the file.`,
      'CONFIG',
    );
  }
  return open();
}

/** Names come from files: `toString` and its like are none of a table's. */
function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
