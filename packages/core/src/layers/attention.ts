import { matMul, reshape, slice, tensor1d, tidy, util } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { OptionError } from '../errors.ts';
import type { Initializer } from '../initializer.ts';
import { attentionHeads } from './attention-heads.ts';
import type { AttentionHeadsParams } from './attention-heads.ts';
import { canInfer, runFusedKernel } from './fused-kernels.ts';
import { joinHeads } from './heads.ts';
import { initLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import { scaledDot } from './query-key-scaling.ts';
import type { QueryKeyScaling } from './query-key-scaling.ts';
import { rotate } from './rotary.ts';
import type { RotaryFactors } from './rotary.ts';

/** Weights of multi-head self-attention. */
export type AttentionParams = AttentionHeadsParams & {
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
  /** Stores keys and values of these rows, `[B, G, n, D]`, and gives all that they may see. */
  readonly remember?: (keys: Tensor4D, values: Tensor4D) => SeenRows;
}

/** Keys and values that rows may see. Borrowed: they may be a cache's own, which later rows change. */
export interface SeenRows {
  /** `[B, G, capacity, D]` each. */
  readonly keys: Tensor4D;
  readonly values: Tensor4D;
  /** Slots that may be seen, m, from the first on. */
  readonly count: number;
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
  const sizes = { heads, keyValueHeads, headSize };
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
        const [q, k, values] = attentionHeads(params, x, { sizes, scaling });
        const queries = rotary === undefined ? q : rotate(q, rotary);
        const keys = rotary === undefined ? k : rotate(k, rotary);
        const seen = remember?.(keys, values) ?? { keys, values, count: keys.shape[2] };
        return linear(params.output, attend(queries, seen, mask));
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

/** `softmax(q · kᵀ + mask) · v` with the heads side by side, `[B, n, H · D]`; one operation where the engine has it. */
function attend(q: Tensor4D, seen: SeenRows, mask: Tensor | undefined): Tensor3D {
  const { keys, values, count } = seen;
  const [, , rows, headSize] = q.shape;
  const isOfRows = mask === undefined || util.arraysEqual(mask.shape, [rows, count]);
  if (count > 0 && headSize % 32 === 0 && isOfRows && canInfer('NextxAttend')) {
    const inputs = { q, keys, values, mask: mask ?? tensor1d([]) };
    return runFusedKernel('NextxAttend', inputs, { seen: count })[0] as Tensor3D;
  }
  return joinHeads(mix(q, seen, mask));
}

/** The same by products, heads apart; those that share keys are rows of one product. */
function mix(queries: Tensor4D, seen: SeenRows, mask: Tensor | undefined): Tensor4D {
  const { count } = seen;
  const [keys, values] = [seen.keys, seen.values].map((cache) =>
    cache.shape[2] === count ? cache : slice(cache, 0, [-1, -1, count, -1]),
  );
  const [batch, heads, rows, headSize] = queries.shape;
  const groups = keys.shape[1];
  const shared = [batch, groups, (heads / groups) * rows, headSize] as const;
  const products = matMul(reshape(queries, [...shared]), keys, false, true);
  const scores = reshape(products, [batch, heads, rows, count]);
  const weights = maskedSoftmax(scores, mask);
  const grouped = reshape(weights, [batch, groups, shared[2], count]);
  return reshape(matMul(grouped, values), queries.shape) as Tensor4D;
}
