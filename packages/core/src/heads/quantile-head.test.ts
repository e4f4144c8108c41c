import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NumericError, OptionError, ShapeError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { openUniforms, purposes } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import type { SampleContext } from './head.ts';
import { quantileAt, quantileHead } from './quantile-head.ts';

beforeAll(() => tf.setBackend('cpu'));

const levels = [0.1, 0.5, 0.9];
const head = quantileHead({ width: 2, channels: 1, levels });
const context: SampleContext = {
  items: 1,
  isGuided: false,
  guidanceScale: 1,
  sampling: {},
  keyOf: (item, row) => [item, row],
};
const inverseSoftplus = (y: number) => Math.log(Math.expm1(y));
/** Quantiles 1, 3 and 7 whatever the hidden state. */
const params = () => ({
  weight: tf.zeros<tf.Rank.R2>([2, 3]),
  bias: tf.tensor1d([inverseSoftplus(2), 3, inverseSoftplus(4)]),
});
const hidden = () => tf.ones<tf.Rank.R3>([1, 1, 2]);

describe('quantileHead', () => {
  it('walks up and down from the median by positive steps', async () => {
    await expectAllClose(head.quantiles(params(), hidden()), [1, 3, 7], 1e-5);
  });

  it('never lets quantiles cross', async () => {
    const start = initializer([2, 3]);
    const wide = quantileHead({ width: 8, channels: 4 });
    const weights = { weight: start.normal([8, 36], 3) as tf.Tensor2D };

    const hiddenRows = start.normal([2, 5, 8], 1) as tf.Tensor3D;
    const quantiles = wide.quantiles(weights, hiddenRows);

    const steps = tf.sub(
      quantiles.slice([0, 0, 0, 1]),
      quantiles.slice([0, 0, 0, 0], [-1, -1, -1, 8]),
    );
    expect(steps.size).toBe(2 * 5 * 4 * 8);
    expect(Math.min(...(await steps.data()))).toBeGreaterThanOrEqual(0);
  });

  it('has the absolute error as its loss where the median is its only level', async () => {
    const median = quantileHead({ width: 2, channels: 1, levels: [0.5] });
    const weights = { weight: tf.zeros<tf.Rank.R2>([2, 1]), bias: tf.tensor1d([3]) };

    const loss = median.loss(weights, hidden(), tf.tensor3d([[[4.5]]]), [0, 0]);

    await expectAllClose(loss, [1.5], 1e-6);
  });

  it('weighs errors above a quantile by its level and those below by the rest', async () => {
    const loss = head.loss(params(), hidden(), tf.tensor3d([[[5]]]), [0, 0]);

    // 2 / 3 of 0.1 · (5 - 1) + 0.5 · (5 - 3) + 0.1 · (7 - 5).
    await expectAllClose(loss, [(2 / 3) * (0.4 + 1 + 0.2)], 1e-5);
  });

  it('draws the quantile of a uniform number of its own key, nearer to the median when cooler', async () => {
    const [u] = openUniforms(foldIn([0, 0], purposes.headNoise), 1);

    const [drawn] = await head.sample(params(), hidden(), context);
    const sampling = { temperature: 0 };
    const [cold] = await head.sample(params(), hidden(), { ...context, sampling });

    expect(drawn).toBeCloseTo(quantileAt(levels, [1, 3, 7], u), 5);
    expect(cold).toBeCloseTo(3, 5);
  });

  it.each([[[0.5, 0.5]], [[0.9, 0.1]], [[0, 0.5]], [[1]], [[]]])('refuses levels %j', (bad) => {
    expect(() => quantileHead({ width: 1, channels: 1, levels: bad })).toThrow(OptionError);
  });

  it('refuses filters, targets of other channels, and weights that are NaN', async () => {
    const broken = { weight: tf.fill<tf.Rank.R2>([2, 3], NaN) };

    await expect(
      head.sample(params(), hidden(), { ...context, sampling: { topP: 0.5 } }),
    ).rejects.toThrow(OptionError);
    await expect(head.sample(broken, hidden(), context)).rejects.toThrow(NumericError);
    expect(() => head.loss(params(), hidden(), tf.zeros([1, 1, 2]), [0, 0])).toThrow(ShapeError);
  });

  it('leaks no tensor', async () => {
    const [weights, rows, targets] = [
      head.init(initializer([1, 1])),
      hidden(),
      tf.zeros([1, 1, 1]),
    ];

    await expectNoTensorLeak(async () => {
      await head.sample(weights, rows, context);
      head.loss(weights, rows, targets, [0, 0]).dispose();
      head.quantiles(weights, rows).dispose();
    });
  });
});

describe('quantileAt', () => {
  it.each([
    [0.1, 1],
    [0.3, 2],
    [0.5, 3],
    [0.7, 5],
    [0.9, 7],
    // The density of the last gap is 0.1; outside 0.1 is left, and a tenth of that 1 · ln 10 further.
    [0.99, 7 + Math.log(10)],
    // The density of the first gap is 0.2.
    [0.01, 1 - 0.5 * Math.log(10)],
  ])('gives the quantile of %s', (probability, quantile) => {
    expect(quantileAt(levels, [1, 3, 7], probability)).toBeCloseTo(quantile, 10);
  });
});
