import { concat, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { canInfer, runFusedKernel } from './fused-kernels.ts';
import { splitHeads } from './heads.ts';
import type { HeadSizes } from './heads.ts';
import { linear } from './linear.ts';
import { leastSquare } from './normalize.ts';
import type { QueryKeyScaling, QueryKeyScalingParams } from './query-key-scaling.ts';

/** Weights that turn rows into heads. */
export type AttentionHeadsParams = {
  /** `[C, (H + 2 G) · D]`: queries, keys, values, with G key-value heads. */
  qkv: Tensor2D;
  /** `[H · D]` */
  queryBias?: Tensor1D;
  /** `[G · D]`; rare, see `hasKeyBias`. */
  keyBias?: Tensor1D;
  /** `[G · D]` */
  valueBias?: Tensor1D;
  scaling: QueryKeyScalingParams;
};

/** Queries `[B, H, n, D]`, keys and values `[B, G, n, D]`. */
export type AttentionHeads = [queries: Tensor4D, keys: Tensor4D, values: Tensor4D];

/**
 * Queries, keys and values of rows, biased and scaled, before any rotation; in one pass behind the product where the engine
 * has it.
 *
 * @param x  `[B, n, C]`; borrowed.
 * @returns Owned by the caller.
 * @throws {ShapeError} if `x` is not `C` wide.
 */
export function attentionHeads(
  params: AttentionHeadsParams,
  x: Tensor3D,
  { sizes, scaling }: { readonly sizes: HeadSizes; readonly scaling: QueryKeyScaling },
): AttentionHeads {
  if (scaling.form !== undefined && canInfer('NextxHeads')) {
    return fusedHeads(params, x, { sizes, form: scaling.form });
  }
  return tidy(() => {
    const [queries, keys, values] = splitHeads(project(params, x, sizes), sizes);
    return [scaling.queries(params.scaling, queries), scaling.keys(keys), values];
  });
}

function project(
  { qkv, queryBias, keyBias, valueBias }: AttentionHeadsParams,
  x: Tensor3D,
  { heads, keyValueHeads, headSize }: HeadSizes,
): Tensor3D {
  const biases = [queryBias, keyBias, valueBias];
  if (biases.every((bias) => bias === undefined)) return linear({ weight: qkv }, x);
  const lengths = [heads, keyValueHeads, keyValueHeads].map((count) => count * headSize);
  const parts = biases.map((bias, part) => bias ?? (zeros([lengths[part]]) as Tensor1D));
  return linear({ weight: qkv, bias: concat(parts) }, x);
}

function fusedHeads(
  { qkv, queryBias, keyBias, valueBias, scaling }: AttentionHeadsParams,
  x: Tensor3D,
  {
    sizes: { heads, keyValueHeads, headSize },
    form,
  }: { readonly sizes: HeadSizes; readonly form: NonNullable<QueryKeyScaling['form']> },
): AttentionHeads {
  const isDot = form.kind === 'dot';
  return tidy(() => {
    const none = tensor1d([]);
    const inputs = {
      x: linear({ weight: qkv }, x),
      queryBias: queryBias ?? none,
      keyBias: keyBias ?? none,
      valueBias: valueBias ?? none,
      logScale: scaling.logScale ?? none,
    };
    return runFusedKernel('NextxHeads', inputs, {
      kind: isDot ? 0 : 1,
      queries: heads,
      keys: keyValueHeads,
      size: headSize,
      epsilon: leastSquare,
      scale: isDot ? (form.scale ?? headSize ** -0.5) : 1,
    }) as AttentionHeads;
  });
}
