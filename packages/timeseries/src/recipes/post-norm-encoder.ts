import {
  attentionRules,
  geluErf,
  layerNorm,
  linearRules,
  mlp,
  normRules,
  selfAttention,
} from '@nextx/core';
import type { ImportRule, TransformerParams, TransformerParts } from '@nextx/core';

/** Sizes of the encoder. */
export interface PostNormEncoderSizes {
  readonly blocks: number;
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly dropoutRate: number;
}

/**
 * The encoder that the official code of Autoformer's successors shares, iTransformer's and GPHT's among them: norms
 * behind the branches, all biases, exact GELU, and a last norm.
 */
export function postNormEncoder(sizes: PostNormEncoderSizes): TransformerParts {
  const { blocks, width, hidden, heads, dropoutRate } = sizes;
  return {
    blocks,
    width,
    norm: layerNorm({ epsilon: 1e-5 }),
    normPlacement: 'after',
    attention: selfAttention({ width, heads, hasBias: true, hasKeyBias: true }),
    mlp: mlp({ width, hidden, activation: geluErf }),
    dropoutRate,
  };
}

/**
 * Its official names.
 *
 * @param own  Path of the encoder's weights.
 * @param official  Name of the encoder: `encoder`.
 */
export function postNormEncoderRules(
  own: string,
  official: string,
  { blocks }: TransformerParams,
): ImportRule[] {
  const layers = blocks.flatMap(({ attention }, index): ImportRule[] => {
    const [block, layer] = [`${own}.blocks.${index}`, `${official}.attn_layers.${index}`];
    const projection = (name: string) => `${layer}.attention.${name}_projection`;
    const names = {
      query: projection('query'),
      key: projection('key'),
      value: projection('value'),
      output: projection('out'),
    };
    return [
      ...attentionRules(`${block}.attention`, names, { width: attention.output.weight.shape[0] }),
      ...normRules(`${block}.attentionNorm`, `${layer}.norm1`),
      // Convolutions over one token are linear maps.
      ...linearRules(`${block}.mlp.up`, `${layer}.conv1`),
      ...linearRules(`${block}.mlp.down`, `${layer}.conv2`),
      ...normRules(`${block}.mlpNorm`, `${layer}.norm2`),
    ];
  });
  return [...layers, ...normRules(`${own}.finalNorm`, `${official}.norm`)];
}
