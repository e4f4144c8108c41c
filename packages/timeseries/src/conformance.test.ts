import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { disposeParams } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import { gradientError, overfit, savedAndLoaded } from '@nextx/core/conformance';
import { expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  tinyForecaster,
  tinyRecipe,
  tinyRecipes,
} from './conformance/tiny-recipes.test-support.ts';
import type { TinyForecaster } from './conformance/tiny-recipes.test-support.ts';
import { forecastRecipes } from './recipes.ts';
import type { Windows } from './recipes/forecast-recipe.ts';

// The native engine belongs to the command, whose own test runs on it.
const wasmFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(dirname(wasmFile) + sep);

/** The window before a forecast: the values of the look-back, and marks of all times. */
const past = ({ values, marks }: Windows, lookBack: number): Windows => ({
  values: values.slice([0, 0, 0], [-1, lookBack, -1]),
  ...(marks && { marks }),
});
const item = ({ values, marks }: Windows, index: number): Windows => ({
  values: values.slice([index, 0, 0], [1, -1, -1]),
  ...(marks && { marks: marks.slice([index, 0, 0], [1, -1, -1]) }),
});

describe('the table of tiny recipes', () => {
  it('has every recipe of forecasts', () => {
    const names = Object.entries(tinyRecipes).map(([name, { recipe }]) => recipe ?? name);

    expect([...new Set(names)].toSorted()).toEqual(Object.keys(forecastRecipes).toSorted());
  });
});

describe.each(['wasm', 'cpu'])('on %s', (engine) => {
  describe.each(Object.keys(tinyRecipes))('%s', (name) => {
    let tiny: TinyForecaster;
    const lossOf = (params: ParamTree, items: number): tf.Scalar =>
      tiny.bind(params).loss(tiny.windows(items));
    const forecastOf = (windows: Windows, params: ParamTree = tiny.params): tf.Tensor3D => {
      const forecaster = tiny.bind(params);
      return forecaster.predict(past(windows, forecaster.lookBack));
    };

    beforeAll(async () => {
      await tf.setBackend(engine);
      tiny = await tinyForecaster(name, 1n);
    });

    it('has the derivatives that central differences give', async () => {
      const { error, worst, entries } = await gradientError(
        (params) => lossOf(params, 2),
        tiny.params,
      );

      expect(error, worst).toBeLessThanOrEqual(2e-2);
      expect(entries).toBeGreaterThan(1);
    });

    it('learns one small batch, leaking no tensor', async () => {
      const { bound, ...options } = tinyRecipes[name].overfit;
      const learner = { model: { params: tiny.params }, loss: lossOf };
      const { lastLoss, leaked, leakedPerRun } = await overfit(learner, options);

      expect(lastLoss).toBeLessThan(bound);
      expect({ leaked, leakedPerRun }).toEqual({ leaked: 0, leakedPerRun: 0 });
    });

    it('forecasts an item alone as in a batch, and differently from another', async () => {
      const windows = tiny.windows(3);
      const [all, alone] = [forecastOf(windows), forecastOf(item(windows, 2))];

      const [first, , third] = tf.unstack(all);
      expect(largestDifference(await alone.data(), await third.data())).toBeLessThan(1e-5);
      expect(largestDifference(await first.data(), await third.data())).toBeGreaterThan(1e-3);
    });

    it('forecasts the same after saving and loading', async () => {
      const loaded = await savedAndLoaded(tiny.params);
      const windows = tiny.windows(1);

      const [before, after] = [forecastOf(windows), forecastOf(windows, loaded)];

      expect(largestDifference(await before.data(), await after.data())).toBe(0);
      disposeParams(loaded);
    });

    it('leaks no tensor', async () => {
      const forecaster = tiny.bind(tiny.params);
      const windows = tiny.windows(2);
      const known = past(windows, forecaster.lookBack);

      await expectNoTensorLeak(() => {
        forecaster.predict(known).dispose();
        forecaster.quantiles?.(known).dispose();
        tf.tidy(() => forecaster.paths?.(known, tf.zeros([4, forecaster.horizon, 2])))?.dispose();
        forecaster.loss(windows).dispose();
        forecaster.loss(windows, [1, 2]).dispose();
      });
    });

    it.each(Object.entries(tinyRecipes[name].badOptions))('refuses %s', async (_, bad) => {
      const recipe = await tinyRecipe(name);

      expect(() => recipe.parse(bad)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    });
  });
});
