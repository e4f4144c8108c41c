import { add, mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { rootMeanSquareNormalize, standardize } from './normalize.ts';

/** Learned scale and shift of a normalization; either may be absent. */
export type NormParams = {
  /** `[C]` */
  scale?: Tensor1D;
  /** `[C]` */
  shift?: Tensor1D;
};

/** What a normalization computes, as data that other executors than tfjs can read. */
export interface NormForm {
  readonly kind: 'layer' | 'rms';
  /** Added to the variance or the mean square. */
  readonly epsilon: number;
}

/** A normalization of rows, as a value that a block is made of. */
export interface Norm {
  /** Absent where it is none of the known forms. */
  readonly form?: NormForm;
  init(features: number, initializer: Initializer): NormParams;
  /** `[..., C]` to the same shape. */
  apply<T extends Tensor>(params: NormParams, x: T): T;
}

/**
 * Layer normalization (Ba et al. 2016).
 *
 * @param options  `epsilon` is added to the variance (1e-6); `isAffine` says whether it has a learned scale and shift (true).
 */
export function layerNorm({
  epsilon = 1e-6,
  isAffine = true,
}: { readonly epsilon?: number; readonly isAffine?: boolean } = {}): Norm {
  return {
    form: { kind: 'layer', epsilon },
    init: (features, initializer) =>
      isAffine
        ? {
            scale: initializer.ones([features]) as Tensor1D,
            shift: initializer.zeros([features]) as Tensor1D,
          }
        : {},
    apply: (params, x) => tidy(() => affine(params, standardize(x, [x.rank - 1], epsilon))),
  };
}

/**
 * Root-mean-square normalization (Zhang and Sennrich 2019) with a learned scale.
 *
 * @param epsilon  Added to the mean square. @defaultValue 1e-5
 */
export function rmsNorm({ epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Norm {
  return {
    form: { kind: 'rms', epsilon },
    init: (features, initializer) => ({ scale: initializer.ones([features]) as Tensor1D }),
    apply: (params, x) => tidy(() => affine(params, rootMeanSquareNormalize(x, epsilon))),
  };
}

function affine<T extends Tensor>({ scale, shift }: NormParams, x: T): T {
  const scaled: Tensor = scale === undefined ? x : mul(x, scale);
  return (shift === undefined ? scaled : add(scaled, shift)) as T;
}
