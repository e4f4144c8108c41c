import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientError } from '../conformance/gradient-error.ts';
import { OptionError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { groupNorm, initGroupNorm } from './group-norm.ts';
import type { GroupNormParams } from './group-norm.ts';

beforeAll(() => tf.setBackend('cpu'));

const random = (shape: number[], key: number): tf.Tensor => initializer([key, 5]).normal(shape, 1);
const x = (): tf.Tensor4D => random([2, 3, 2, 4], 1).mul(2).add(1);
const params = (): GroupNormParams => ({
  scale: random([4], 2) as tf.Tensor1D,
  shift: random([4], 3) as tf.Tensor1D,
});

/** The definition, with reductions over cells and channels at once. */
function naive(
  { scale, shift }: GroupNormParams,
  pictures: tf.Tensor4D,
  groups: number,
): tf.Tensor {
  const [batch, height, width, channels] = pictures.shape;
  const parts = pictures.reshape([batch, height * width, groups, channels / groups]);
  const { mean, variance } = tf.moments(parts, [1, 3], true);
  const normed = parts.sub(mean).div(tf.sqrt(variance.add(1e-6)));
  return normed.reshape(pictures.shape).mul(scale).add(shift);
}

describe('groupNorm', () => {
  it('gives every group mean 0 and variance 1', async () => {
    const pictures = tf.tensor4d([1, 3, 10, 30], [1, 1, 2, 2]);

    const normed = groupNorm(initGroupNorm(2, initializer([1, 1])), pictures, { groups: 2 });

    // Channel one holds 1 and 10, channel two 3 and 30.
    await expectAllClose(normed, [-1, -1, 1, 1], 1e-5);
  });

  it.each([[1], [2], [4]])('with %i groups agrees with the definition', async (groups) => {
    const [weights, pictures] = [params(), x()];

    const difference = largestDifference(
      await groupNorm(weights, pictures, { groups }).data(),
      await naive(weights, pictures, groups).data(),
    );

    expect(difference).toBeLessThan(1e-5);
  });

  it.each([[1], [2], [4]])(
    'with %i groups has the derivatives of the definition',
    async (groups) => {
      const weigh = random([2, 3, 2, 4], 7);
      const tensors = [x(), ...Object.values(params())];
      const gradients = (norm: (weights: GroupNormParams, of: tf.Tensor4D) => tf.Tensor) =>
        tf.grads((...[of, scale, shift]: tf.Tensor[]) =>
          tf.sum(norm({ scale, shift } as GroupNormParams, of as tf.Tensor4D).mul(weigh)),
        )(tensors);

      const own = gradients((weights, of) => groupNorm(weights, of, { groups }));
      const expected = gradients((weights, of) => naive(weights, of, groups));

      for (const [index, gradient] of own.entries()) {
        await expectAllClose(gradient, await expected[index].data(), 1e-4);
      }
    },
  );

  it('has the derivatives that central differences give', async () => {
    const weigh = random([2, 3, 2, 4], 7);
    const loss = (tree: unknown) => {
      const { pictures, ...weights } = tree as GroupNormParams & { pictures: tf.Tensor4D };
      return tf.sum(groupNorm(weights, pictures, { groups: 2 }).mul(weigh)) as tf.Scalar;
    };

    const { error, entries } = await gradientError(loss, { ...params(), pictures: x() });

    expect(entries).toBe(3);
    expect(error).toBeLessThan(5e-3);
  });

  it('refuses groups that do not divide the channels', () => {
    expect(() => groupNorm(params(), x(), { groups: 3 })).toThrow(OptionError);
  });

  it('leaks no tensor', async () => {
    const [weights, pictures] = [params(), x()];

    await expectNoTensorLeak(() => groupNorm(weights, pictures, { groups: 2 }).dispose());
  });
});
