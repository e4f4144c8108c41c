import { exp, minimum, mul, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { l2Normalize } from './normalize.ts';

/** Learned values of a scaling. */
export type QueryKeyScalingParams = {
  /** `[H]`: logarithm of the factor of each head. */
  logScale?: Tensor1D;
};

/** What a scaling computes, as data that other executors than tfjs can read. */
export type QueryKeyForm =
  | {
      readonly kind: 'dot';
      /** Absent: 1 / √D. */
      readonly scale?: number;
    }
  | { readonly kind: 'cosine' };

/** How queries and keys are brought to the size that their dot product needs, before any rotation. */
export interface QueryKeyScaling {
  /** Absent where it is none of the known forms. */
  readonly form?: QueryKeyForm;
  init(heads: number, initializer: Initializer): QueryKeyScalingParams;
  /** Queries, `[B, H, n, D]`; owned by the caller. */
  queries(params: QueryKeyScalingParams, queries: Tensor4D): Tensor4D;
  /** Keys, `[B, H, n, D]`; owned by the caller. */
  keys(keys: Tensor4D): Tensor4D;
}

/** Dot products times `scale` (Vaswani et al. 2017: 1 / √D, the default). */
export function scaledDot({ scale }: { readonly scale?: number } = {}): QueryKeyScaling {
  return {
    form: { kind: 'dot', ...(scale !== undefined && { scale }) },
    init: () => ({}),
    queries: (_, queries) => mul(queries, scale ?? queries.shape[3] ** -0.5),
    keys: (keys) => keys.clone(),
  };
}

/** The learned factor of cosine attention is at most 100. */
export const largestLogScale: number = Math.log(100);

/**
 * Cosine attention with a learned factor per head, at most 100 (Liu et al. 2022, Swin V2; VAR's `attn_l2_norm`).
 * The factors start at 4.
 */
export function cosineSimilarity(): QueryKeyScaling {
  return {
    form: { kind: 'cosine' },
    init: (heads, initializer) => ({
      logScale: initializer.constant([heads], Math.log(4)) as Tensor1D,
    }),
    queries: ({ logScale }, queries) =>
      tidy(() => {
        const unit = l2Normalize(queries);
        if (logScale === undefined) return unit;
        const factor = exp(minimum(logScale, largestLogScale));
        return mul(unit, reshape(factor, [1, -1, 1, 1]));
      }),
    keys: (keys) => l2Normalize(keys),
  };
}
