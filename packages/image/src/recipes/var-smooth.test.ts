import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { smoothTemperature, softCodeWeights } from './var-smooth.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('smoothTemperature', () => {
  it('falls from 0.27 to 0.0135 over the steps', () => {
    expect([0, 0.5, 1].map(smoothTemperature)).toEqual([
      0.27,
      expect.closeTo(0.14175, 10),
      expect.closeTo(0.0135, 10),
    ]);
  });
});

describe('softCodeWeights', () => {
  it('weighs equal logits by the inverse noise at temperature 1', async () => {
    const weights = softCodeWeights(tf.tensor2d([[2, 2]]), tf.tensor2d([[1, 3]]), 1);

    await expectAllClose(weights, [0.75, 0.25], 1e-6);
  });

  it('leaks no tensor', async () => {
    const [logits, noise] = [tf.zeros([2, 3]), tf.ones([2, 3])];

    await expectNoTensorLeak(() => softCodeWeights(logits, noise, 0.2).dispose());
  });
});
