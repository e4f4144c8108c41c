import { DataError, NextxError } from '@nextx/core';
import { expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cachedStream, slidingStream } from './forecast-stream.ts';
import { tinyAutoTimes } from './recipes/tiny-autotimes.test-support.ts';
import { rollCached } from './roll-cached.ts';
import { rollForecast } from './roll-forecast.ts';

beforeAll(() => tf.setBackend('cpu'));

const row = (time: number): number[] => [Math.sin(1.3 * time), 0.1 * time];
const rows = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => row(from + index)).flat();
const window = (from: number, to: number): { values: tf.Tensor3D } => ({
  values: tf.tensor3d(rows(from, to), [1, to - from, 2]),
});

describe('slidingStream', () => {
  it('forecasts as the rolled forecast of the latest look-back', async () => {
    const forecaster = tinyAutoTimes();
    const stream = slidingStream(forecaster, rows(0, 8), 2);
    for (let time = 8; time < 15; time++) stream.append(row(time));

    const [streamed, rolled] = [stream.forecast(5), rollForecast(forecaster, window(9, 15), 5)];

    expect(largestDifference(await streamed.data(), await rolled.data())).toBe(0);
  });
});

describe('cachedStream', () => {
  it('forecasts as the cached forecast of a past that was known at once', async () => {
    const forecaster = tinyAutoTimes();
    const stream = cachedStream(forecaster, rows(0, 4), 2);
    const state = forecaster.open?.(window(0, 4));
    for (let time = 4; time < 8; time++) stream.append(row(time));
    state?.append(window(4, 8));

    const [streamed, next] = [stream.forecast(2), state?.predict() as tf.Tensor3D];

    expect(largestDifference(await streamed.data(), await next.data())).toBeLessThan(1e-5);
  });

  it('cuts off what a segment that is not full has shown already', async () => {
    const stream = cachedStream(tinyAutoTimes(), rows(0, 6), 2);
    const whole = rollCached(tinyAutoTimes(), window(0, 6), 5);
    stream.append([100, 100]);

    const forecast = stream.forecast(4);

    const expected = await whole.slice([0, 1, 0]).data();
    expect(largestDifference(await forecast.data(), expected)).toBeLessThan(1e-5);
  });

  it('remembers no more after 1,000 observations than after the first', () => {
    const stream = cachedStream(tinyAutoTimes(), rows(0, 6), 2);
    stream.append(row(6));
    stream.append(row(7));
    const before = tf.memory();
    for (let time = 8; time < 1000; time++) stream.append(row(time));

    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
});

describe.each([
  ['slidingStream', slidingStream],
  ['cachedStream', cachedStream],
])('%s', (_, open) => {
  it('refuses observations that are missing, infinite or of other variates', () => {
    const stream = open(tinyAutoTimes(), rows(0, 6), 2);

    for (const bad of [[NaN, 1], [1, Infinity], [1], [1, 2, 3]]) {
      expect(() => stream.append(bad)).toThrow(DataError);
    }
  });

  it.each([0, -1, 2.5, NaN])('refuses a horizon of %d', (horizon) => {
    const stream = open(tinyAutoTimes(), rows(0, 6), 2);

    expect(() => stream.forecast(horizon)).toThrow('horizon must be a whole number');
    stream.dispose();
  });

  it('refuses a past that the network cannot begin with, or of broken rows', () => {
    expect(() => open(tinyAutoTimes(), rows(0, 5), 2)).toThrow(NextxError);
    expect(() => open(tinyAutoTimes(), rows(0, 6).slice(1), 2)).toThrow(
      expect.objectContaining({ code: 'TOO_SHORT' }),
    );
  });

  it('leaks no tensor', async () => {
    const forecaster = tinyAutoTimes();

    await expectNoTensorLeak(() => {
      const stream = open(forecaster, rows(0, 6), 2);
      for (let time = 6; time < 20; time++) stream.append(row(time));
      stream.forecast(7).dispose();
      stream.dispose();
    });
  });
});
