import { DataError, OptionError } from '@nextx/core';
import { expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { mixedWindowSet, seriesSource, syntheticSource } from './mixed-windows.ts';
import type { WindowSource } from './mixed-windows.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Row r of variate v is r + v / 10. */
const series = (rows: number, variates = 1) => ({
  values: Float64Array.from(
    { length: rows * variates },
    (_, i) => Math.floor(i / variates) + (i % variates) / 10,
  ),
  variates: Array.from({ length: variates }, (_, i) => `v${i}`),
});
const constant = (value: number, weight: number): WindowSource => ({
  weight,
  draw: (_, length) => new Float32Array(length).fill(value),
});
const size = { lookBack: 20, horizon: 4, count: 1000, key: [5, 6] } as const;
const all = Array.from({ length: 1000 }, (_, index) => index);

describe('seriesSource', () => {
  it('draws successive values of one variate', () => {
    const source = seriesSource([series(50, 2)], { weight: 1, horizon: 4 });

    for (let draw = 0; draw < 50; draw++) {
      const window = source.draw([1, draw], 10);
      expect(window).toHaveLength(10);
      const known = window.filter((value) => !Number.isNaN(value));
      expect(known.length).toBeGreaterThan(4);
      known.forEach((value, i) => expect(value).toBeCloseTo(known[0] + i, 4));
    }
  });

  it('puts what is missing in front, and never at the end', () => {
    const window = seriesSource([series(6)], { weight: 1, horizon: 4 }).draw([1, 1], 10);

    expect(window.findIndex((value) => !Number.isNaN(value))).toBeGreaterThanOrEqual(4);
    expect(Number.isNaN(window[9])).toBe(false);
  });

  it('reaches the first and the last row', () => {
    const source = seriesSource([series(8)], { weight: 1, horizon: 4 });
    const ends = Array.from({ length: 200 }, (_, draw) => source.draw([2, draw], 5)[4]);

    expect([Math.min(...ends), Math.max(...ends)]).toEqual([4, 7]);
  });

  it('draws every so many rows, where the series is long enough', () => {
    const source = seriesSource([series(500), series(10)], {
      weight: 1,
      horizon: 4,
      strides: [3],
    });

    for (let draw = 0; draw < 200; draw++) {
      const known = source.draw([3, draw], 8).filter((value) => !Number.isNaN(value));
      const step = known[known.length - 1] - known[known.length - 2];
      expect(step).toBe(known[known.length - 1] < 10 ? 1 : 3);
    }
  });

  it('refuses series that are all too short', () => {
    expect(() => seriesSource([series(4)], { weight: 1, horizon: 4 })).toThrow(DataError);
  });
});

describe('mixedWindowSet', () => {
  it('draws from its sources in proportion to their weights', async () => {
    const set = mixedWindowSet([constant(1, 3), constant(2, 1)], {
      ...size,
      shortShare: 0,
      missingShare: 0,
    });

    const firsts = await set.batch(all).values.slice([0, 0, 0], [-1, 1, 1]).data();

    // Three standard deviations of a binomial share are 0.041.
    expect(Math.abs(firsts.filter((value) => value === 1).length / 1000 - 0.75)).toBeLessThan(
      0.041,
    );
  });

  it('gives a sample the same window in any batch', async () => {
    const set = mixedWindowSet([syntheticSource(1)], size);

    const [together, alone] = [set.batch([7, 8]), set.batch([8])];

    expect([...(await together.values.slice([1, 0, 0]).data())]).toEqual([
      ...(await alone.values.data()),
    ]);
  });

  it('hides parts of the past and nothing of the horizon, nor the value before it', async () => {
    const set = mixedWindowSet([constant(1, 1)], { ...size, shortShare: 0.5, missingShare: 0.5 });

    const { values } = set.batch(all);

    const gone = tf.isNaN(values);
    expect((await gone.slice([0, 19, 0]).any().data())[0]).toBe(0);
    const share = (await gone.slice([0, 0, 0], [-1, 19, 1]).cast('float32').mean().data())[0];
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.6);
  });

  it('adds two windows in units of their deviations', async () => {
    const wave = (height: number): WindowSource => ({
      weight: 1,
      draw: (_, length) => Float32Array.from({ length }, (__, at) => height * (at % 2)),
    });
    const set = mixedWindowSet([wave(1), wave(1000)], {
      ...size,
      shortShare: 0,
      missingShare: 0,
      blendShare: 1,
    });

    // The mean absolute deviation is half of the height: whatever is drawn, the sum steps between 0 and 2.
    const sums = await set.batch(all).values.slice([0, 0, 0], [-1, 2, 1]).data();

    for (let at = 0; at < sums.length; at += 2) {
      expect(sums[at]).toBe(0);
      expect(sums[at + 1]).toBeCloseTo(2, 5);
    }
  });

  it('refuses weights that are negative or all 0', () => {
    expect(() => mixedWindowSet([constant(1, 0)], size)).toThrow(OptionError);
    expect(() => mixedWindowSet([constant(1, -1), constant(1, 2)], size)).toThrow(OptionError);
    expect(() => mixedWindowSet([], size)).toThrow(OptionError);
  });

  it('leaks no tensor', async () => {
    const set = mixedWindowSet([syntheticSource(1)], size);

    await expectNoTensorLeak(() => set.batch([1, 2]).values.dispose());
  });
});
