import {
  add,
  customGrad,
  mean,
  mul,
  ones,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { OptionError } from '../errors.ts';
import type { Initializer } from '../initializer.ts';

/** Learned scale and shift of a group normalization, `[C]` each. */
export type GroupNormParams = {
  scale: Tensor1D;
  shift: Tensor1D;
};

/** Ones and zeros. */
export function initGroupNorm(channels: number, initializer: Initializer): GroupNormParams {
  return {
    scale: initializer.ones([channels]) as Tensor1D,
    shift: initializer.zeros([channels]) as Tensor1D,
  };
}

/**
 * Group normalization of pictures (Wu and He 2018): channels of a group share mean and variance.
 *
 * Reductions over the cells come first, channel by channel; what is left for the groups is tiny. That, with the
 * derivative written out, is several times faster on the CPU engines than reducing over cells and channels at once.
 *
 * @param x  `[B, H, W, C]`; borrowed.
 * @returns Same shape; owned by the caller.
 * @throws {OptionError} if `groups` does not divide `C`.
 */
export function groupNorm(
  { scale, shift }: GroupNormParams,
  x: Tensor4D,
  { groups, epsilon = 1e-6 }: { readonly groups: number; readonly epsilon?: number },
): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (channels % groups !== 0) {
    throw new OptionError(
      `groupNorm: groups must divide the ${channels} channels, got ${groups}. Choose a divisor.`,
    );
  }
  const cells = height * width;
  /** Means over the channels of each group, given back to each of them: `[B, 1, C]`. */
  const groupMean = (perChannel: Tensor): Tensor3D => {
    const means = mean(reshape(perChannel, [batch, groups, channels / groups]), 2, true);
    return reshape(mul(means, ones([1, 1, channels / groups])), [batch, 1, channels]);
  };
  const operation = customGrad((input, gain, offset, save) => {
    const values = input as Tensor;
    const centered = sub(values, groupMean(mean(values, 1)));
    const inverse = rsqrt(add(groupMean(mean(square(centered), 1)), epsilon));
    (save as (tensors: Tensor[]) => void)([centered, inverse, gain as Tensor]);
    return {
      value: add(mul(centered, mul(inverse, gain as Tensor)), offset as Tensor),
      gradFunc: (dy: Tensor, [x0, inverseScale, factor]: Tensor[]) => {
        const sums = sum(dy, 1);
        const products = sum(mul(dy, x0), 1);
        const slope = mul(inverseScale, factor);
        const constant = mul(groupMean(mul(sums, factor)), mul(inverseScale, -1 / cells));
        const cubed = mul(inverseScale, square(inverseScale));
        const linear = mul(groupMean(mul(products, factor)), mul(cubed, -1 / cells));
        return [
          add(add(mul(dy, slope), mul(x0, linear)), constant),
          sum(mul(products, reshape(inverseScale, [batch, channels])), 0),
          sum(sums, 0),
        ];
      },
    };
  });
  return tidy(() => {
    const rows = reshape(x, [batch, cells, channels]);
    return reshape(operation(rows, scale, shift), x.shape);
  }) as Tensor4D;
}
