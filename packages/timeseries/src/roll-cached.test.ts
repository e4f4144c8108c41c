import { OptionError } from '@nextx/core';
import { expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { segmentOutputs } from './recipes/segment-forecaster.ts';
import { tinyAutoTimes, tinyAutoTimesNetwork } from './recipes/tiny-autotimes.test-support.ts';
import { channelRows } from './tokenizers/channel-rows.ts';
import { instanceNorm } from './tokenizers/row-scaling.ts';
import { rollCached, rollCachedPieces } from './roll-cached.ts';
import { rollForecast } from './roll-forecast.ts';

beforeAll(() => tf.setBackend('cpu'));

const wave = (length: number): tf.Tensor3D =>
  tf.tensor3d(
    Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(1.3 * i) + 0.1 * i),
    [1, length, 2],
  );

describe('rollCached', () => {
  it('equals evaluating the whole past and all forecasts anew under the same statistics', async () => {
    const windows = { values: wave(4) };
    const network = tinyAutoTimesNetwork();
    const forecast = rollCached(tinyAutoTimes(), windows, 8);
    const statistics = instanceNorm.statistics(channelRows(windows.values));

    let known = windows.values;
    for (let piece = 0; piece < 4; piece++) {
      const outputs = segmentOutputs(network, { values: known }, { statistics });
      const next = outputs
        .slice([0, known.shape[1] - 2], [-1, 2])
        .transpose()
        .expandDims<tf.Tensor3D>(0);
      known = tf.concat([known, next], 1);
    }

    expect(
      largestDifference(await forecast.data(), await known.slice([0, 4, 0]).data()),
    ).toBeLessThan(1e-5);
  });

  it('reads the marks of the times that it forecasts from', async () => {
    const timestamps = { features: 2 };
    const marks = tf.tensor3d(
      Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
      [1, 8, 2],
    );
    const values = wave(4);
    const statistics = instanceNorm.statistics(channelRows(values));
    const forecast = rollCached(tinyAutoTimes({ timestamps }), { values, marks }, 4);

    const known = tf.concat([values, forecast.slice([0, 0, 0], [-1, 2, -1])], 1) as tf.Tensor3D;
    const network = tinyAutoTimesNetwork({ timestamps });
    const outputs = segmentOutputs(network, { values: known, marks }, { statistics });

    const expected = await outputs.slice([0, 4]).transpose().data();
    expect(largestDifference(await forecast.slice([0, 2, 0]).data(), expected)).toBeLessThan(1e-5);
  });

  it('gives the first piece of the published forecast, whose statistics are still the same', async () => {
    const [windows, forecaster] = [{ values: wave(6) }, tinyAutoTimes()];

    const [cached, published] = [
      rollCached(forecaster, windows, 2),
      rollForecast(forecaster, windows, 2),
    ];

    expect(largestDifference(await cached.data(), await published.data())).toBeLessThan(1e-5);
  });

  it('rolls 10,000 values with no more memory than 500', () => {
    const sizes = { segment: 50, lookBack: 150 };
    const forecaster = tinyAutoTimes(sizes);
    const alive = (horizon: number): number[] => {
      let largest = 0;
      let count = 0;
      const windows = { values: wave(sizes.lookBack) };
      for (const piece of rollCachedPieces(forecaster, windows, horizon)) {
        largest = Math.max(largest, tf.memory().numBytes);
        count += piece.shape[1];
        piece.dispose();
      }
      windows.values.dispose();
      return [count, largest];
    };
    // Long enough that the memory of six segments has been filled anew.
    const [, few] = alive(500);
    const [count, many] = alive(10_000);

    expect(count).toBe(10_000);
    expect(many).toBe(few);
  });

  it('fills a full memory anew with the latest look-back', async () => {
    const windows = { values: wave(6) };
    const statistics = instanceNorm.statistics(channelRows(windows.values));
    const network = tinyAutoTimesNetwork({ positions: 3 });
    const forecast = rollCached(tinyAutoTimes({ positions: 3 }), windows, 6);

    const last = tf.concat([windows.values, forecast], 1).slice([0, 4, 0], [-1, 6, -1]);
    const outputs = segmentOutputs(network, { values: last as tf.Tensor3D }, { statistics });

    const expected = await outputs.slice([0, 4]).transpose().data();
    expect(largestDifference(await forecast.slice([0, 4, 0]).data(), expected)).toBeLessThan(1e-5);
  });

  it('refuses a forecaster that remembers nothing', () => {
    const { open: _, ...forgetful } = tinyAutoTimes();

    expect(() => rollCached(forgetful, { values: wave(6) }, 2)).toThrow(/Use rollForecast/);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses a horizon of %s', (horizon) => {
    expect(() => rollCached(tinyAutoTimes(), { values: wave(6) }, horizon)).toThrow(OptionError);
  });

  it('leaks no tensor, nor do its pieces when left early', async () => {
    const [windows, forecaster] = [{ values: wave(6) }, tinyAutoTimes()];

    await expectNoTensorLeak(() => rollCached(forecaster, windows, 17).dispose());
    await expectNoTensorLeak(() => {
      for (const piece of rollCachedPieces(forecaster, windows, 9)) {
        piece.dispose();
        break;
      }
    });
  });
});
