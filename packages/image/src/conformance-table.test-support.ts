import {
  disposeParams,
  foldIn,
  initializer,
  keyFromSeed,
  mapParams,
  train,
  uniforms,
  words,
} from '@nextx/core';
import type { Key, ParamTree } from '@nextx/core';
import { enlargedWeights } from '@nextx/core/conformance';
import type { OverfitOptions, RecipeInstance, TokenizerInstance } from '@nextx/core/conformance';
import { dispose, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { imageRecipes, imageTokenizers } from './recipes.ts';
import type { ImageTokenizer } from './tokenizers/image-tokenizer.ts';

/** Tiny sizes of a recipe: seconds of testing on plain JavaScript. */
export interface TinyRecipe {
  readonly options: Readonly<Record<string, unknown>>;
  readonly tokenizer: Readonly<Record<string, unknown>>;
  readonly overfit: OverfitOptions;
  /** Options that `parse` must refuse, by what is wrong with them. */
  readonly badOptions: Readonly<Record<string, unknown>>;
}

const autoencoder = {
  imageSize: 6,
  imageChannels: 1,
  channels: 4,
  multipliers: [1, 2],
  blocksPerLevel: 1,
  groups: 4,
  latentChannels: 4,
  codebookSize: 16,
};
const transformerOptions = { depth: 2, width: 16, heads: 2, classes: 3 };
const badOptions = {
  'a depth of 0': { depth: 0 },
  'a width that is text': { width: '16' },
  'an option that there is not': { depht: 2 },
};

/** Every recipe of `imageRecipes`, in tiny. */
export const tinyRecipes: Readonly<Record<string, TinyRecipe>> = {
  var: {
    options: { ...transformerOptions, dropPathRate: 0 },
    tokenizer: { ...autoencoder, sides: [1, 2, 3], sharedConvolutions: 2 },
    overfit: { bound: 0.5, steps: 40, learningRate: 0.03 },
    badOptions,
  },
  llamagen: {
    options: { ...transformerOptions, keyValueHeads: 1, multipleOf: 8, dropoutRate: 0 },
    tokenizer: { ...autoencoder, codeChannels: 4 },
    overfit: { bound: 0.5, steps: 40, learningRate: 0.03 },
    badOptions,
  },
};

/** A recipe's tiny model over its tiny tokenizer, both with random weights; the same for the same seed. */
export async function tinyRecipeInstance(name: string, seed: bigint): Promise<RecipeInstance> {
  const { options, badOptions: refused } = tinyRecipes[name];
  const recipe = await imageRecipes[name]();
  const key = keyFromSeed(seed);
  const tokenizer = await tinyTokenizer(name, foldIn(key, 0));
  const parsed = recipe.parse(options);
  const classes = recipe.classes(parsed);
  const params = enlargedWeights(
    recipe.init(parsed, tokenizer, initializer(foldIn(key, 1))),
    foldIn(key, 2),
  );
  const bind = (weights: ParamTree) => recipe.bind(parsed, weights, tokenizer);
  const model = bind(params);
  const labels = (items: number) => Int32Array.from({ length: items }, (_, item) => item % classes);
  const exampleTokens = (items: number) =>
    Int32Array.from(
      words(foldIn(key, 3), items * tokenizer.length),
      (word) => word % tokenizer.vocabularySize,
    );
  return {
    model,
    rebind: bind,
    condition: (items, isGuided) => {
      const free = new Int32Array(isGuided ? items : 0).fill(classes);
      return model.condition(Int32Array.from([...labels(items), ...free]));
    },
    exampleTokens,
    loss: (weights, items) => {
      const bound = bind(weights);
      const ids = tensor2d(exampleTokens(items), [items, tokenizer.length], 'int32');
      return bound.loss(bound.forward(ids, bound.condition(labels(items))), ids);
    },
    badInputs: Object.fromEntries(
      Object.entries(refused).map(([what, bad]) => [what, () => recipe.parse(bad)]),
    ),
    dispose: () => {
      disposeParams(params);
      disposeParams(tokenizer.params);
    },
  };
}

/** Tiny pictures: two of smooth shades with a little noise. `[2, 6, 6, 1]`; owned by the caller. */
export function tinyPictures(): Tensor4D {
  const { imageSize: side } = autoencoder;
  const noise = uniforms([4, 4], 2 * side * side);
  const values = noise.map((u, index) => {
    const [row, column] = [Math.floor(index / side) % side, index % side];
    const shade = index < side * side ? row / side : column / side;
    return 1.6 * shade - 0.8 + 0.1 * u;
  });
  return tensor4d(Float32Array.from(values), [2, side, side, 1]);
}

/** The tiny tokenizer of a recipe, trained for a moment on two pictures, and the pictures. */
export async function tinyTokenizerInstance(name: string): Promise<TokenizerInstance> {
  const recipe = await imageTokenizers[(await imageRecipes[name]()).tokenizer]();
  const options = recipe.parse(tinyRecipes[name].tokenizer);
  const samples = tinyPictures();
  const start = recipe.init(options, initializer(keyFromSeed(7n)));
  const trainee = {
    params: start,
    count: 2,
    loss: (weights: ParamTree, _: Int32Array, key: Key) =>
      recipe.bind(options, weights).loss(samples, key),
  };
  let params = start;
  for await (const { step, steps, weights } of train(trainee, {
    steps: 20,
    batchSize: 2,
    learningRateAt: () => 0.02,
    seed: 7n,
  })) {
    if (step === steps) params = mapParams(weights('current'), (weight) => weight.clone());
  }
  disposeParams(start);
  // Grey pictures have 0.25 here; twenty steps bring both tokenizers below 0.1.
  return {
    tokenizer: recipe.bind(options, params),
    samples,
    errorBound: 0.1,
    dispose: () => dispose([params, samples]),
  };
}

async function tinyTokenizer(name: string, key: Key): Promise<ImageTokenizer> {
  const recipe = await imageTokenizers[(await imageRecipes[name]()).tokenizer]();
  const options = recipe.parse(tinyRecipes[name].tokenizer);
  const params = enlargedWeights(recipe.init(options, initializer(foldIn(key, 0))), foldIn(key, 1));
  return recipe.bind(options, params);
}
