import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { geluErf, geluTanh, silu } from './activation.ts';
import type { Activation } from './activation.ts';

beforeAll(() => tf.setBackend('cpu'));

const points = [-3, -1, -0.1, 0, 0.5, 2, 30];
const tanhGelu = (x: number) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const sigmoidTimes = (x: number) => x / (1 + Math.exp(-x));

const table: [string, Activation, (x: number) => number][] = [
  ['geluTanh', geluTanh, tanhGelu],
  ['silu', silu, sigmoidTimes],
];

describe.each(table)('%s', (_, activation, formula) => {
  it('agrees with its formula', async () => {
    await expectAllClose(activation(tf.tensor1d(points)), points.map(formula), 1e-5);
  });

  it('has the slope of its formula', async () => {
    const slopes = points.map((x) => (formula(x + 1e-5) - formula(x - 1e-5)) / 2e-5);

    const own = tf.grad((x) => tf.sum(activation(x)))(tf.tensor1d(points));

    await expectAllClose(own, slopes, 1e-4);
  });

  it('leaks no tensor', async () => {
    const x = tf.tensor1d(points);

    await expectNoTensorLeak(() => {
      activation(x).dispose();
      tf.grad((y) => tf.sum(activation(y)))(x).dispose();
    });
  });
});

describe('geluErf', () => {
  it('is x times the normal distribution function', async () => {
    // Φ(1) = 0.8413447, Φ(-2) = 0.0227501.
    const values = geluErf(tf.tensor1d([1, -2, 0]));

    await expectAllClose(values, [0.8413447, -2 * 0.0227501, 0], 1e-5);
  });

  it('has the slope Φ(x) + x φ(x)', async () => {
    // φ(1) = 0.2419707.
    const slope = tf.grad((x) => tf.sum(geluErf(x)))(tf.tensor1d([1]));

    await expectAllClose(slope, [0.8413447 + 0.2419707], 1e-5);
    expect(slope.shape).toEqual([1]);
  });
});
