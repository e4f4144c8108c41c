import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NumericError, OptionError, ShapeError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { normals, purposes } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { gaussianHead } from './gaussian-head.ts';
import type { SampleContext } from './head.ts';

beforeAll(() => tf.setBackend('cpu'));

const head = gaussianHead({ width: 2, channels: 2 });
const context: SampleContext = {
  items: 1,
  isGuided: false,
  guidanceScale: 1,
  sampling: {},
  keyOf: (item, row) => [item, row],
};
/** Outputs are the bias: means 1 and -2, deviations 1 and 0.5. */
const params = () => ({
  weight: tf.zeros<tf.Rank.R2>([2, 4]),
  bias: tf.tensor1d([1, -2, inverseSoftplus(0.999), inverseSoftplus(0.499)]),
});
const inverseSoftplus = (y: number) => Math.log(Math.expm1(y));
const hidden = () => tf.ones<tf.Rank.R3>([1, 1, 2]);

describe('gaussianHead', () => {
  it('has the negative logarithm of the density as its loss', async () => {
    const targets = tf.tensor3d([2, -2], [1, 1, 2]);

    const loss = await head.loss(params(), hidden(), targets, [0, 0]).data();

    // One deviation off in the first channel, none in the second, whose density is twice as high.
    expect(loss[0]).toBeCloseTo(0.5 - Math.log(2) + Math.log(2 * Math.PI), 5);
  });

  it('draws mean + temperature · deviation · normal number of its own key', async () => {
    const sampling = { temperature: 0.5 };

    const drawn = await head.sample(params(), hidden(), { ...context, sampling });

    const [a, b] = normals(foldIn([0, 0], purposes.headNoise), 2);
    expect(largestDifference(drawn, [1 + 0.5 * a, -2 + 0.25 * b])).toBeLessThan(1e-6);
  });

  it('guides the outputs of its linear map', async () => {
    const weights = { weight: tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0], [2, 4]) };
    const both = tf.tensor3d([3, 5, 1, 1], [2, 1, 2]);
    const guided = { ...context, isGuided: true, guidanceScale: 2, sampling: { temperature: 0 } };

    // 1 + 2 (3 - 1) and 1 + 2 (5 - 1).
    expect([...(await head.sample(weights, both, guided))]).toEqual([5, 9]);
  });

  it('keeps deviations above the floor', async () => {
    const weights = { weight: tf.zeros<tf.Rank.R2>([2, 4]), bias: tf.fill<tf.Rank.R1>([4], -100) };

    const { deviation } = head.distribution(weights, hidden());

    expect(Math.min(...(await deviation.data()))).toBeCloseTo(0.001, 6);
  });

  it('refuses filters, targets of other channels, weights that are NaN and a floor of 0', async () => {
    const broken = { weight: tf.fill<tf.Rank.R2>([2, 4], NaN) };

    await expect(
      head.sample(params(), hidden(), { ...context, sampling: { topK: 2 } }),
    ).rejects.toThrow(OptionError);
    await expect(head.sample(broken, hidden(), context)).rejects.toThrow(NumericError);
    expect(() => head.loss(params(), hidden(), tf.zeros([1, 1, 3]), [0, 0])).toThrow(ShapeError);
    expect(() => gaussianHead({ width: 1, channels: 1, floor: 0 })).toThrow(OptionError);
  });

  it('leaks no tensor', async () => {
    const [weights, rows, targets] = [
      head.init(initializer([1, 1])),
      hidden(),
      tf.zeros([1, 1, 2]),
    ];

    await expectNoTensorLeak(async () => {
      await head.sample(weights, rows, context);
      head.loss(weights, rows, targets, [0, 0]).dispose();
      tf.dispose(head.distribution(weights, rows));
    });
  });
});
