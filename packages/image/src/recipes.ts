import type { ImageRecipe } from './recipes/image-recipe.ts';
import type { ImageTokenizerRecipe } from './tokenizers/tokenizer-recipe.ts';

/** All sequence recipes of pictures by name; nothing loads before it is asked for. */
export const imageRecipes: Readonly<Record<string, () => Promise<ImageRecipe>>> = {
  // A recipe takes its own options, weights and tokenizer; callers that choose by name hand on what it gave them.
  var: async () => (await import('./recipes/var.ts')).varRecipe as unknown as ImageRecipe,
  llamagen: async () =>
    (await import('./recipes/llamagen.ts')).llamaGenRecipe as unknown as ImageRecipe,
};

/** All tokenizers of pictures by name. */
export const imageTokenizers: Readonly<Record<string, () => Promise<ImageTokenizerRecipe>>> = {
  'var-tokenizer': async () =>
    (await import('./tokenizers/multi-scale-vq.ts'))
      .multiScaleVqRecipe as unknown as ImageTokenizerRecipe,
  'llamagen-tokenizer': async () =>
    (await import('./tokenizers/vqgan.ts')).vqganRecipe as unknown as ImageTokenizerRecipe,
};
