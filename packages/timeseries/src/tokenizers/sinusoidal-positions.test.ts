import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { sinusoidalPositions } from './sinusoidal-positions.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('sinusoidalPositions', () => {
  it('alternates sines and cosines of angles that fall by 100 from pair to pair at width 4', async () => {
    const expected = [2, 3].flatMap((p) => [
      Math.sin(p),
      Math.cos(p),
      Math.sin(p / 100),
      Math.cos(p / 100),
    ]);

    await expectAllClose(sinusoidalPositions([2, 4], 4), expected, 1e-6);
  });

  it('makes one tensor', async () => {
    await expectNoTensorLeak(() => sinusoidalPositions([0, 3], 4).dispose());
  });
});
