import { keyFromSeed } from '@nextx/core';
import { expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalQuantile } from './normal-quantile.ts';
import { pathQuantiles, rollPaths } from './roll-paths.ts';
import type { PathPredictor } from './roll-paths.ts';

beforeAll(() => tf.setBackend('cpu'));

const coefficient = 0.8;
/** An autoregression of order 1 under standard normal noise, two steps at a time; it reads the mark of its first new step. */
const process: PathPredictor = {
  lookBack: 3,
  horizon: 2,
  predict: ({ values }) => values.slice([0, 1, 0], [-1, 2, -1]),
  paths: ({ values, marks }, noise) =>
    tf.tidy(() => {
      const [batch, length, variates] = values.shape;
      const count = noise.shape[0] / batch;
      const last = values.slice([0, length - 1, 0], [-1, 1, -1]).tile([1, count, 1]);
      const [first, second] = tf.split(noise, 2, 1);
      const mark =
        marks?.slice([0, length, 0], [-1, 1, 1]).tile([1, count, 1]) ?? tf.zeros([1, 1, 1]);
      const flat = last.reshape<tf.Tensor3D>([batch * count, 1, variates]);
      const one = flat
        .mul(coefficient)
        .add(first)
        .add<tf.Tensor3D>(mark.reshape([-1, 1, 1]));
      return tf.concat<tf.Tensor3D>([one, one.mul(coefficient).add(second)], 1);
    }),
};
const values = () => tf.tensor3d([0, 0, 0, 0, 5, -3, 0, 0, 0, 0, 1, 2], [2, 3, 2]);
const draws = { count: 4000, key: keyFromSeed(7n) };

describe('rollPaths', () => {
  it('has the quantiles that an autoregression has in closed form, at every step', async () => {
    const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
    const paths = rollPaths(process, { values: values() }, { ...draws, horizon: 6 });

    const quantiles = await pathQuantiles(paths, draws.count, levels).data();

    const ends = [5, -3, 1, 2];
    for (const [window, step] of [0, 1].flatMap((w) => [0, 1, 3, 5].map((s) => [w, s] as const))) {
      // h steps ahead the mean is c^h x and the variance (1 - c^2h) / (1 - c²).
      const [share, ahead] = [coefficient ** (step + 1), 2 * (step + 1)];
      const deviation = Math.sqrt((1 - coefficient ** ahead) / (1 - coefficient ** 2));
      for (const [variate, at] of [0, 1].flatMap((v) => levels.map((_, l) => [v, l] as const))) {
        const normal = normalQuantile(levels[at]);
        const exact = share * ends[2 * window + variate] + deviation * normal;
        const found = quantiles[((window * 6 + step) * 2 + variate) * levels.length + at];
        // The deviation of a quantile of n draws is √(p (1 - p) / n) over the density there.
        const density = Math.exp((-normal * normal) / 2) / Math.sqrt(2 * Math.PI) / deviation;
        const spread = Math.sqrt((levels[at] * (1 - levels[at])) / draws.count) / density;
        expect(Math.abs(found - exact)).toBeLessThan(4 * spread);
      }
    }
  });

  it('lets each path go on from its own values', async () => {
    const paths = await rollPaths(process, { values: values() }, { ...draws, horizon: 4 }).data();

    // Of steps 2 and 3 of the first variate: the covariance is c times the variance of step 2.
    let [product, square] = [0, 0];
    for (let path = 0; path < draws.count; path++) {
      const [before, after] = [paths[8 * path + 2] - 5 * 0.64, paths[8 * path + 4] - 5 * 0.512];
      product += before * after;
      square += before * before;
    }
    // The deviation of a slope of n pairs is that of the noise over that of what it follows, over √n.
    expect(Math.abs(product / square - coefficient)).toBeLessThan(
      4 / Math.sqrt(1.64 * draws.count),
    );
  });

  it('draws the same for a window alone as among others, and other paths for another key', async () => {
    const options = { count: 3, key: keyFromSeed(1n), horizon: 5 };
    const alone = { values: values().slice([1, 0, 0], [1, -1, -1]) };

    const all = await rollPaths(process, { values: values() }, options).data();
    const own = await rollPaths(process, alone, options).data();
    const others = await rollPaths(process, alone, { ...options, key: keyFromSeed(2n) }).data();

    expect(own).toEqual(all.slice(own.length));
    expect(largestDifference(own, others)).toBeGreaterThan(0.1);
  });

  it('reads of the marks those of the times that it forecasts', async () => {
    const marks = tf.tensor3d([0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0], [2, 7, 1]);
    const options = { count: 1, key: keyFromSeed(1n), horizon: 4 };

    const plain = await rollPaths(process, { values: values() }, options).data();
    const marked = await rollPaths(process, { values: values(), marks }, options).data();

    // The third step of the first window, and from it the fourth.
    const expected = plain.map(
      (value, i) => value + (i === 4 || i === 5 ? 100 : i === 6 || i === 7 ? 80 : 0),
    );
    expect(largestDifference(marked, expected)).toBeLessThan(1e-4);
  });

  it('keeps only its result', async () => {
    const windows = { values: values() };

    await expectNoTensorLeak(() => {
      const paths = rollPaths(process, windows, { count: 3, key: [1, 2], horizon: 5 });
      pathQuantiles(paths, 3, [0.5]).dispose();
      paths.dispose();
    });
  });
});
