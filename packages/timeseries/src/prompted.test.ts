import { OptionError } from '@nextx/core';
import { expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { promptedPredictor } from './prompted.ts';
import { tinyAutoTimes } from './recipes/tiny-autotimes.test-support.ts';
import { rollForecast } from './roll-forecast.ts';

beforeAll(() => tf.setBackend('cpu'));

const wave = (batch: number, length: number, phase: number): tf.Tensor3D =>
  tf.tensor3d(
    Float32Array.from({ length: batch * length }, (_, i) => Math.sin(1.3 * i + phase)),
    [batch, length, 1],
  );

describe('promptedPredictor', () => {
  it('forecasts from the prompt and the context as from one window', async () => {
    const [prompt, context] = [wave(2, 4, 0), wave(2, 2, 1)];
    const whole = tf.concat([prompt, context], 1) as tf.Tensor3D;

    const prompted = promptedPredictor(tinyAutoTimes(), prompt).predict({ values: context });

    const expected = tinyAutoTimes().predict({ values: whole });
    expect(largestDifference(await prompted.data(), await expected.data())).toBe(0);
  });

  it('puts one prompt before every window, and it matters', async () => {
    const context = wave(2, 2, 1);
    const forecast = (phase: number): tf.Tensor3D =>
      promptedPredictor(tinyAutoTimes(), wave(1, 4, phase)).predict({ values: context });

    expect(forecast(0).shape).toEqual([2, 2, 1]);
    expect(largestDifference(await forecast(0).data(), await forecast(2).data())).toBeGreaterThan(
      1e-3,
    );
  });

  it('reads what the network reads: missing values and short pasts, so many variates', () => {
    const network = { ...tinyAutoTimes(), readsMissing: true, variates: 1 };

    const { readsMissing, variates } = promptedPredictor(network, wave(1, 2, 0));

    expect([readsMissing, variates]).toEqual([true, 1]);
  });

  it('keeps the prompt while the context slides', async () => {
    const [prompt, context] = [wave(1, 2, 0), wave(1, 4, 1)];
    const predictor = promptedPredictor(tinyAutoTimes(), prompt);

    const rolled = rollForecast(predictor, { values: context }, 4);

    const first = predictor.predict({ values: context });
    const slid = tf.concat([context.slice([0, 2, 0]), first], 1) as tf.Tensor3D;
    const second = predictor.predict({ values: slid });
    const expected = await tf.concat([first, second], 1).data();
    expect(largestDifference(await rolled.data(), expected)).toBe(0);
  });

  it('refuses a prompt that leaves no room, or does not fit the windows', () => {
    expect(() => promptedPredictor(tinyAutoTimes(), wave(1, 6, 0))).toThrow(OptionError);
    const predictor = promptedPredictor(tinyAutoTimes(), wave(2, 4, 0));
    expect(() => predictor.predict({ values: wave(3, 2, 0) })).toThrow(/one item or 3/);
  });

  it('leaks no tensor', async () => {
    const predictor = promptedPredictor(tinyAutoTimes(), wave(1, 4, 0));
    const values = wave(2, 2, 0);

    await expectNoTensorLeak(() => predictor.predict({ values }).dispose());
  });
});
