import { llamaGen3B, llamaGenB, llamaGenL, llamaGenXL, llamaGenXXL } from './recipes/llamagen.ts';
import type { LlamaGenOptions } from './recipes/llamagen.ts';
import { varD16, varD20, varD24, varD30, varD36 } from './recipes/var.ts';
import type { VarOptions } from './recipes/var.ts';
import type { MultiScaleVqOptions } from './tokenizers/multi-scale-vq.ts';
import type { VqganOptions } from './tokenizers/vqgan.ts';

/** A recipe by its name in configs, and its options. */
export interface RecipeChoice {
  readonly recipe: string;
  readonly options: object;
}

/** What an official checkpoint becomes: a model with its tokenizer, or a tokenizer alone. */
export interface OfficialCheckpoint {
  readonly model?: RecipeChoice;
  readonly tokenizer: RecipeChoice;
}

/** Names in official files that are no weights: tables and statistics that follow from the sizes or serve training. */
export const ignoredOfficialNames: readonly RegExp[] = [
  /^lvl_1L$/,
  /^attn_bias_for_masking$/,
  /\.zero_k_bias$/,
  /^quantize\.ema_vocab_hit_SV$/,
  /^quantize\.codebook_used$/,
  /^freqs_cis$/,
  /^causal_mask$/,
  /\.kv_cache\.[kv]_cache$/,
];

const varAt = (model: VarOptions, tokenizer: MultiScaleVqOptions = {}): OfficialCheckpoint => ({
  model: { recipe: 'var', options: model },
  tokenizer: { recipe: 'var-tokenizer', options: tokenizer },
});

const llamaGenAt = (model: LlamaGenOptions, imageSize: number): OfficialCheckpoint => ({
  model: { recipe: 'llamagen', options: model },
  tokenizer: vqgan16({ imageSize }),
});

const vqgan16 = (options: VqganOptions = {}): RecipeChoice => ({
  recipe: 'llamagen-tokenizer',
  options,
});

const sides512 = [1, 2, 3, 4, 6, 9, 13, 18, 24, 32];

/**
 * Official checkpoints by the name under which they are imported. `-384` marks the same weights' twin that was trained on
 * pictures of 384 pixels; the sizes of the weights are the same, the number of tokens is not.
 */
export const officialCheckpoints: Readonly<Record<string, OfficialCheckpoint>> = {
  'var-d16': varAt(varD16),
  'var-d20': varAt(varD20),
  'var-d24': varAt(varD24),
  'var-d30': varAt(varD30),
  'var-d36': varAt(varD36, { imageSize: 512, sides: sides512 }),
  'var-tokenizer': { tokenizer: { recipe: 'var-tokenizer', options: {} } },
  'llamagen-b': llamaGenAt(llamaGenB, 256),
  'llamagen-b-384': llamaGenAt(llamaGenB, 384),
  'llamagen-l': llamaGenAt(llamaGenL, 256),
  'llamagen-l-384': llamaGenAt(llamaGenL, 384),
  'llamagen-xl': llamaGenAt(llamaGenXL, 256),
  'llamagen-xl-384': llamaGenAt(llamaGenXL, 384),
  'llamagen-xxl': llamaGenAt(llamaGenXXL, 256),
  'llamagen-xxl-384': llamaGenAt(llamaGenXXL, 384),
  'llamagen-3b': llamaGenAt(llamaGen3B, 256),
  'llamagen-3b-384': llamaGenAt(llamaGen3B, 384),
  'llamagen-tokenizer-16': { tokenizer: vqgan16() },
  'llamagen-tokenizer-8': { tokenizer: vqgan16({ multipliers: [1, 2, 2, 4] }) },
};
