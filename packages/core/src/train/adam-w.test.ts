import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { AdamW } from './adam-w.ts';
import type { AdamWOptions } from './adam-w.ts';

beforeAll(() => tf.setBackend('cpu'));

const plain: AdamWOptions = { beta1: 0.9, beta2: 0.99, epsilon: 0, clipNorm: 0 };

/** Two weights, of which the first decays. */
function made(options: AdamWOptions): { optimizer: AdamW; weights: tf.Variable[] } {
  const weights = [tf.variable(tf.tensor2d([2], [1, 1])), tf.variable(tf.tensor1d([3]))];
  return { optimizer: new AdamW(weights, [true, false], options), weights };
}

/** One update by a gradient, at rate 0.1. */
function update(optimizer: AdamW, gradient: number[], weightDecay = 0): void {
  const gradientNorm = Math.hypot(...gradient);
  optimizer.step(tf.tensor1d(gradient), { learningRate: 0.1, weightDecay, gradientNorm });
}

describe('AdamW', () => {
  it('moves by the rate against the sign of a constant gradient, whatever its size', async () => {
    const { optimizer, weights } = made(plain);

    for (let step = 0; step < 3; step++) update(optimizer, [0.001, -500]);

    // With bias correction both moments are the gradient and its square at every step.
    await expectAllClose(weights[0], [2 - 0.3], 1e-5);
    await expectAllClose(weights[1], [3 + 0.3], 1e-5);
    expect(optimizer.steps).toBe(3);
  });

  it('follows the published update for gradients 1, 2, 4', async () => {
    const { optimizer, weights } = made(plain);

    for (const gradient of [1, 2, 4]) update(optimizer, [0, gradient]);

    let [moment, square, weight] = [0, 0, 3];
    [1, 2, 4].forEach((gradient, index) => {
      moment = 0.9 * moment + 0.1 * gradient;
      square = 0.99 * square + 0.01 * gradient ** 2;
      const [m, v] = [moment / (1 - 0.9 ** (index + 1)), square / (1 - 0.99 ** (index + 1))];
      weight -= (0.1 * m) / Math.sqrt(v);
    });
    await expectAllClose(weights[1], [weight], 1e-5);
  });

  it('shrinks decayed weights by rate times decay, and no others', async () => {
    const { optimizer, weights } = made({ ...plain, epsilon: 1 });

    for (let step = 0; step < 2; step++) update(optimizer, [0, 0], 0.5);

    await expectAllClose(weights[0], [2 * 0.95 ** 2], 1e-6);
    await expectAllClose(weights[1], [3], 0);
  });

  it('scales a gradient of norm 5 down to 1', async () => {
    const { optimizer } = made({ ...plain, clipNorm: 1 });

    update(optimizer, [3, 4]);

    await expectAllClose(optimizer.state.firstMoment, [0.1 * 0.6, 0.1 * 0.8], 1e-6);
  });

  it('leaves a gradient below the norm as it is', async () => {
    const { optimizer } = made({ ...plain, clipNorm: 1 });

    update(optimizer, [0.3, 0.4]);

    await expectAllClose(optimizer.state.firstMoment, [0.03, 0.04], 1e-7);
  });

  it('averages the weights after each step', async () => {
    const { optimizer } = made({ ...plain, averageDecay: 0.75 });

    for (let step = 0; step < 2; step++) update(optimizer, [1, 1]);

    const first = 0.75 * 3 + 0.25 * 2.9;
    await expectAllClose(
      optimizer.part(optimizer.state.average, 1),
      [0.75 * first + 0.25 * 2.8],
      1e-5,
    );
  });

  it('takes a weight without a gradient to have the gradient zero', async () => {
    const { optimizer, weights } = made(plain);

    const flat = optimizer.flatGradient({ [weights[1].name]: tf.tensor1d([7]) });

    await expectAllClose(flat, [0, 7], 0);
  });

  it('gives the parts of a vector their shapes', () => {
    const { optimizer } = made(plain);

    expect(optimizer.part(optimizer.state.weights, 0).shape).toEqual([1, 1]);
    expect(optimizer.part(optimizer.state.weights, 1).shape).toEqual([1]);
  });

  it('goes on from what was assigned to the variables', async () => {
    const { optimizer, weights } = made(plain);

    weights[1].assign(tf.tensor1d([10]));
    optimizer.readVariables();
    update(optimizer, [0, 1]);

    await expectAllClose(weights[1], [9.9], 1e-5);
  });

  it('keeps the average at the weights where none is asked for', async () => {
    const { optimizer, weights } = made(plain);

    weights[1].assign(tf.tensor1d([10]));
    optimizer.readVariables();

    await expectAllClose(optimizer.state.average, [2, 10], 0);
  });

  it('leaks no tensor', async () => {
    const gradient = tf.tensor1d([1, 1]);
    const rates = { learningRate: 0.1, weightDecay: 0.1, gradientNorm: Math.SQRT2 };
    const weights = [tf.variable(tf.tensor2d([2], [1, 1])), tf.variable(tf.tensor1d([3]))];
    await expectNoTensorLeak(() => {
      const optimizer = new AdamW(weights, [true, false], { averageDecay: 0.9 });
      optimizer.step(gradient, rates);
      optimizer.readVariables();
      optimizer.step(gradient, rates);
      optimizer.part(optimizer.state.average, 1).dispose();
      optimizer.dispose();
    });
  });
});
