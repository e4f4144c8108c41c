import {
  llamaGen3B,
  llamaGenB,
  llamaGenL,
  llamaGenXL,
  llamaGenXXL,
  varD16,
  varD20,
  varD24,
  varD30,
  varD36,
} from '@nextx/image';

/** A published model: what its checkpoint holds the weights of. */
export interface OfficialModel {
  /** Absent for a tokenizer alone. */
  readonly model?: { readonly recipe: string; readonly options: object };
  readonly tokenizer: { readonly recipe: string; readonly options: object };
}

const varTokenizer = { recipe: 'var-tokenizer', options: {} };
const varTokenizer512 = {
  recipe: 'var-tokenizer',
  options: { imageSize: 512, sides: [1, 2, 3, 4, 6, 9, 13, 18, 24, 32] },
};
const vq16 = (imageSize: number) => ({ recipe: 'llamagen-tokenizer', options: { imageSize } });
const llamaGen = (options: object, imageSize: number): OfficialModel => ({
  model: { recipe: 'llamagen', options },
  tokenizer: vq16(imageSize),
});
const varOf = (options: object, tokenizer = varTokenizer): OfficialModel => ({
  model: { recipe: 'var', options },
  tokenizer,
});

/** Published models by the names that `nextx import --as` takes. */
export const officialModels: Readonly<Record<string, OfficialModel>> = {
  'var-d16': varOf(varD16),
  'var-d20': varOf(varD20),
  'var-d24': varOf(varD24),
  'var-d30': varOf(varD30),
  'var-d36': varOf(varD36, varTokenizer512),
  'var-tokenizer': { tokenizer: varTokenizer },
  'llamagen-b-256': llamaGen(llamaGenB, 256),
  'llamagen-b-384': llamaGen(llamaGenB, 384),
  'llamagen-l-256': llamaGen(llamaGenL, 256),
  'llamagen-l-384': llamaGen(llamaGenL, 384),
  'llamagen-xl-384': llamaGen(llamaGenXL, 384),
  'llamagen-xxl-384': llamaGen(llamaGenXXL, 384),
  'llamagen-3b-384': llamaGen(llamaGen3B, 384),
  'llamagen-tokenizer': { tokenizer: vq16(256) },
};
