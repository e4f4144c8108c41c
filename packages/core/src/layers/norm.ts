import { add, mul, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { OptionError } from '../errors.ts';
import type { Initializer } from '../initializer.ts';
import { rootMeanSquareNormalize, standardize } from './normalize.ts';

/** Learned scale and shift of a normalization; either may be absent. */
export type NormParams = {
  /** `[C]` */
  scale?: Tensor1D;
  /** `[C]` */
  shift?: Tensor1D;
};

/** A normalization of rows, as a value that a block is made of. */
export interface Norm {
  init(features: number, initializer: Initializer): NormParams;
  /** `[..., C]` to the same shape. */
  apply<T extends Tensor>(params: NormParams, x: T): T;
}

/**
 * Layer normalization (Ba et al. 2016).
 *
 * @param epsilon  Added to the variance. @defaultValue 1e-6
 * @param isAffine  Whether it has a learned scale and shift. @defaultValue true
 */
export function layerNorm({ epsilon = 1e-6, isAffine = true } = {}): Norm {
  return {
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
export function rmsNorm({ epsilon = 1e-5 } = {}): Norm {
  return {
    init: (features, initializer) => ({ scale: initializer.ones([features]) as Tensor1D }),
    apply: (params, x) => tidy(() => affine(params, rootMeanSquareNormalize(x, epsilon))),
  };
}

/**
 * Group normalization of pictures (Wu and He 2018): channels of a group share mean and variance.
 *
 * @param x  `[B, H, W, C]`; borrowed.
 * @throws {OptionError} if `groups` does not divide `C`.
 */
export function groupNorm(
  params: NormParams,
  x: Tensor4D,
  { groups, epsilon = 1e-6 }: { readonly groups: number; readonly epsilon?: number },
): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (channels % groups !== 0) {
    throw new OptionError(
      `groupNorm: groups must divide the ${channels} channels, got ${groups}. Choose a divisor.`,
    );
  }
  return tidy(() => {
    const grouped = reshape(x, [batch, height * width, groups, channels / groups]);
    return affine(params, reshape(standardize(grouped, [1, 3], epsilon), x.shape));
  });
}

function affine<T extends Tensor>({ scale, shift }: NormParams, x: T): T {
  const scaled: Tensor = scale === undefined ? x : mul(x, scale);
  return (shift === undefined ? scaled : add(scaled, shift)) as T;
}
