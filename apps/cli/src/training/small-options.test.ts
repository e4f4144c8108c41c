import { imageRecipes, imageTokenizers } from '@nextx/image';
import { describe, expect, it } from 'vitest';
import { smallOptions } from './small-options.ts';

const facts = { channels: 3, classes: 5 };

describe('smallOptions', () => {
  it.each([8, 16, 28, 32, 64])(
    'makes tokenizers of %i pixels that their recipes accept',
    async (side) => {
      for (const recipe of ['var-tokenizer', 'llamagen-tokenizer'] as const) {
        const tokenizer = await imageTokenizers[recipe]();

        expect(tokenizer.parse(smallOptions(recipe, { ...facts, side }))).toMatchObject({
          imageSize: side,
        });
      }
    },
  );

  it('makes models of the classes of the data that their recipes accept', async () => {
    for (const recipe of ['var', 'llamagen'] as const) {
      const model = await imageRecipes[recipe]();

      expect(model.parse(smallOptions(recipe, { ...facts, side: 32 }))).toMatchObject({
        classes: 5,
      });
    }
  });

  it('halves 28 pixels to a map of 7, coarse maps before it', () => {
    const { multipliers, sides } = smallOptions('var-tokenizer', { ...facts, side: 28 });

    expect(multipliers).toEqual([1, 2, 4]);
    expect(sides).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});
