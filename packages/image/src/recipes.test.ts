import { describe, expect, it } from 'vitest';
import { imageRecipes, imageTokenizers } from './recipes.ts';

describe('imageRecipes', () => {
  it.each(Object.keys(imageRecipes))(
    '%s is found under its own name, with its tokenizer',
    async (name) => {
      const recipe = await imageRecipes[name]();

      expect(recipe.name).toBe(name);
      expect(Object.keys(imageTokenizers)).toContain(recipe.tokenizer);
    },
  );
});

describe('imageTokenizers', () => {
  it.each(Object.keys(imageTokenizers))('%s is found under its own name', async (name) => {
    expect((await imageTokenizers[name]()).name).toBe(name);
  });
});
