import { initializer, mapParams } from '@nextx/core';
import type { LinearParams } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { patchHeads } from './patch-head.ts';

beforeAll(() => tf.setBackend('cpu'));

const sizes = { width: 2, horizon: 3, levels: [0.1, 0.5, 0.9] };
const hidden = () => tf.tensor3d([1, -1, 0.5, 2], [2, 1, 2]);
const changes = () => tf.tensor3d([0, 1, 2, 2, 1, 0], [2, 1, 3]);
const key = [1, 2] as const;

describe('patchHeads', () => {
  it('say of a Gaussian the quantiles that tables have, and half the square of what is standard', async () => {
    const head = patchHeads.gaussian(sizes);
    // Means 0, 1, 2; deviations 0.001 + softplus(b) = 1 at b = ln(e^0.999 - 1).
    const spread = Math.log(Math.exp(0.999) - 1);
    const params: LinearParams = {
      weight: tf.zeros([2, 6]),
      bias: tf.tensor1d([0, 1, 2, spread, spread, spread]),
    };

    const quantiles = head.quantiles(params, hidden());
    const losses = head.losses(params, hidden(), changes(), key);

    const z = 1.2815515655446004;
    const ofOne = [0, 1, 2].flatMap((mean) => [mean - z, mean, mean + z]);
    await expectAllClose(quantiles, [...ofOne, ...ofOne], 1e-5);
    // ln √(2π) for each value, and half of 2² + 0² + 2² for three.
    const constant = Math.log(2 * Math.PI) / 2;
    await expectAllClose(losses, [constant, constant + 4 / 3], 1e-5);
  });

  it('say of a flow that has learned nothing the quantiles of its noise, of every token the same', async () => {
    const head = patchHeads.flow(sizes);
    const params = head.init(initializer([1, 1]));

    const quantiles = await head.quantiles(params, hidden()).data();

    expect([...quantiles.subarray(0, 9)]).toEqual([...quantiles.subarray(9)]);
    // Of draws that are spread evenly, each in its own hundredth: 0.025 wide at the median, 0.06 at the bounds.
    for (let step = 0; step < 3; step++) {
      const [low, median, high] = quantiles.subarray(3 * step, 3 * step + 3);
      expect(Math.abs(median)).toBeLessThan(0.025);
      for (const bound of [-low, high]) expect(Math.abs(bound - 1.2816)).toBeLessThan(0.06);
    }
  });

  it('draw by a flow all values of a token from their noise together, of each row by its own state', async () => {
    const head = patchHeads.flow(sizes);
    const start = initializer([3, 3]);
    const params = mapParams(head.init(start), ({ shape }) => start.normal(shape, 0.5));
    const noise = tf.tensor3d([1, 0, -1, 1, 0, -1, 1, 0, -1, 0, 0, -1], [2, 2, 3]);

    const drawn = await head.draw?.(params, hidden(), noise).data();

    const [first, again, other, changed] = [0, 1, 2, 3].map(
      (at) => drawn?.subarray(3 * at, 3 * at + 3) ?? [],
    );
    expect(largestDifference(first, again)).toBe(0);
    expect(largestDifference(first, other)).toBeGreaterThan(0.01);
    // The last value's noise is the same, and yet it is another, for the first value's has changed.
    expect(Math.abs(other[2] - changed[2])).toBeGreaterThan(0.01);
  });

  it.each(Object.entries(patchHeads))('keep of %s only results', async (_, headOf) => {
    const head = headOf(sizes);
    const params = head.init(initializer([1, 1]));
    const [states, targets, noise] = [hidden(), changes(), tf.zeros([2, 4, 3]) as tf.Tensor3D];

    await expectNoTensorLeak(() => {
      head.quantiles(params, states).dispose();
      head.losses(params, states, targets, key).dispose();
      head.draw?.(params, states, noise).dispose();
    });
  });
});
