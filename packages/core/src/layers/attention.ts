import { add, concat, matMul, reshape, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { OptionError } from '../errors.ts';
import type { Initializer } from '../initializer.ts';
import { joinHeads, splitHeads } from './heads.ts';
import { initLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import { scaledDot } from './query-key-scaling.ts';
import type { QueryKeyScaling, QueryKeyScalingParams } from './query-key-scaling.ts';
import { rotate } from './rotary.ts';
import type { RotaryFactors } from './rotary.ts';

/** Weights of multi-head self-attention. */
export type AttentionParams = {
  /** `[C, (H + 2 G) · D]`: queries, keys, values, with G key-value heads. */
  qkv: Tensor2D;
  /** `[H · D]` */
  queryBias?: Tensor1D;
  /** `[G · D]`; rare, see `hasKeyBias`. */
  keyBias?: Tensor1D;
  /** `[G · D]` */
  valueBias?: Tensor1D;
  scaling: QueryKeyScalingParams;
  output: LinearParams;
};

/** Sizes and parts of multi-head self-attention. */
export interface AttentionOptions {
  readonly width: number;
  readonly heads: number;
  /** Key-value heads; fewer than `heads` is grouped-query attention. @defaultValue heads */
  readonly keyValueHeads?: number;
  /** Whether queries, values and the output have biases. @defaultValue false */
  readonly hasBias?: boolean;
  /**
   * Whether keys have biases as well. Without rotary positions they change nothing, since they add the same to every
   * score of a query, but official checkpoints hold them. @defaultValue false
   */
  readonly hasKeyBias?: boolean;
  /** @defaultValue hasBias */
  readonly hasOutputBias?: boolean;
  /** @defaultValue scaledDot() */
  readonly scaling?: QueryKeyScaling;
}

/** What surrounds the rows of one call. */
export interface AttentionContext {
  /** Added to the scores: 0 where a query may attend, a large negative number elsewhere; broadcasts to `[B, H, n, m]`. */
  readonly mask?: Tensor;
  readonly rotary?: RotaryFactors;
  /** Stores keys and values of these rows, `[B, G, n, D]`, and gives all that they may see, `[B, G, m, D]`. */
  readonly remember?: (keys: Tensor4D, values: Tensor4D) => [Tensor4D, Tensor4D];
}

/** Self-attention as a part of a block. */
export interface Attention {
  readonly heads: number;
  readonly headSize: number;
  readonly keyValueHeads: number;
  readonly scaling: QueryKeyScaling;
  init(initializer: Initializer): AttentionParams;
  /** `[B, n, C]` to the same shape; owned by the caller. */
  apply(params: AttentionParams, x: Tensor3D, context: AttentionContext): Tensor3D;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017), grouped-query where `keyValueHeads` is smaller (Ainslie et al. 2023).
 *
 * @throws {OptionError} if heads do not divide the width, or key-value heads the heads.
 */
export function selfAttention(options: AttentionOptions): Attention {
  const { width, heads, hasBias = false, hasKeyBias = false, scaling = scaledDot() } = options;
  const { keyValueHeads = heads, hasOutputBias = hasBias } = options;
  if (width % heads !== 0 || heads % keyValueHeads !== 0) {
    throw new OptionError(
      `selfAttention: heads must divide width and keyValueHeads must divide heads, got width ${width}, heads ${heads}, keyValueHeads ${keyValueHeads}. Choose divisors.`,
    );
  }
  const headSize = width / heads;
  return {
    heads,
    headSize,
    keyValueHeads,
    scaling,
    init: (initializer) => ({
      ...initProjections(
        { width, headSize, heads, keyValueHeads, hasBias, hasKeyBias },
        initializer,
      ),
      scaling: scaling.init(heads, initializer),
      output: initLinear(
        { inFeatures: width, outFeatures: width, hasBias: hasOutputBias },
        initializer,
      ),
    }),
    apply: (params, x, { mask, rotary, remember }) =>
      tidy(() => {
        const rows = projectQkv(params, x, keyValueHeads * headSize);
        const [q, k, values] = splitHeads(rows, { heads, keyValueHeads, headSize });
        const scaledQueries = scaling.queries(params.scaling, q);
        const scaledKeys = scaling.keys(k);
        const queries = rotary === undefined ? scaledQueries : rotate(scaledQueries, rotary);
        const keys = rotary === undefined ? scaledKeys : rotate(scaledKeys, rotary);
        const [seenKeys, seenValues] = remember?.(keys, values) ?? [keys, values];
        const mixed = attend(queries, seenKeys, { values: seenValues, mask });
        return linear(params.output, joinHeads(mixed));
      }),
  };
}

function initProjections(
  sizes: Required<
    Pick<AttentionOptions, 'width' | 'heads' | 'keyValueHeads' | 'hasBias' | 'hasKeyBias'>
  > & { readonly headSize: number },
  initializer: Initializer,
): Pick<AttentionParams, 'qkv' | 'queryBias' | 'keyBias' | 'valueBias'> {
  const { width, heads, keyValueHeads, headSize, hasBias, hasKeyBias } = sizes;
  const qkv = initializer.truncatedNormal(
    [width, (heads + 2 * keyValueHeads) * headSize],
    0.02,
  ) as Tensor2D;
  if (!hasBias) return { qkv };
  const keyOrValueBias = () => initializer.zeros([keyValueHeads * headSize]) as Tensor1D;
  return {
    qkv,
    queryBias: initializer.zeros([heads * headSize]) as Tensor1D,
    ...(hasKeyBias && { keyBias: keyOrValueBias() }),
    valueBias: keyOrValueBias(),
  };
}

function projectQkv(
  { qkv, queryBias, keyBias, valueBias }: AttentionParams,
  x: Tensor3D,
  keyFeatures: number,
): Tensor3D {
  const rows = linear({ weight: qkv }, x);
  if (queryBias === undefined || valueBias === undefined) return rows;
  const ofKeys = keyBias ?? (zeros([keyFeatures]) as Tensor1D);
  return add(rows, concat([queryBias, ofKeys, valueBias]));
}

/** `softmax(q · kᵀ + mask) · v`; heads that share keys are rows of one product. */
function attend(
  queries: Tensor4D,
  keys: Tensor4D,
  { values, mask }: { readonly values: Tensor4D; readonly mask: Tensor | undefined },
): Tensor4D {
  const [batch, heads, rows, headSize] = queries.shape;
  const [, groups, seen] = keys.shape;
  const shared = [batch, groups, (heads / groups) * rows, headSize] as const;
  const products = matMul(reshape(queries, [...shared]), keys, false, true);
  const scores = reshape(products, [batch, heads, rows, seen]);
  const weights = maskedSoftmax(scores, mask);
  const grouped = reshape(weights, [batch, groups, shared[2], seen]);
  return reshape(matMul(grouped, values), queries.shape) as Tensor4D;
}
