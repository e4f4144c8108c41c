import '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor } from '@nextx/core';
import { folderFiles, saveModel } from '@nextx/core/node';
import { type Tensor, memory, mul, setBackend, sum } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forecast } from './forecast.ts';
import { loadForecastModel } from './forecast-model.ts';
import type { ForecastRecipe } from './recipes/forecast-recipe.ts';

/** The standardized window times one weight. */
const scaled: ForecastRecipe = {
  name: 'scaled',
  parse: (options) => options,
  init: (_, initializer) => ({ factor: initializer.ones([1]) }),
  bind: (_, params) => ({
    lookBack: 2,
    horizon: 2,
    params,
    predict: ({ values }) => mul(values, (params as { factor: Tensor }).factor),
    loss: ({ values }) => sum(values),
  }),
};
const recipes = { scaled: async () => scaled };

beforeAll(() => setBackend('cpu'));

describe('loadForecastModel', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nextx-forecast-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const save = async (recipe: string, weights: string) => {
    const path = join(folder, 'model');
    const config = { recipe, version: 1 as const, options: {} };
    await saveModel(path, {
      config,
      tensors: new Map([[weights, float32Tensor(Float32Array.of(2), [1])]]),
      card: '',
    });
    return folderFiles(path);
  };

  it('gives a model to forecast with, which frees its weights', async () => {
    const before = memory().numTensors;
    const model = await loadForecastModel(await save('scaled', 'factor'), recipes);
    const series = { values: Float64Array.of(1, 3), variates: ['a'] };

    // Mean 2 and deviation 1: -1 and 1, times 2.
    expect([...(await forecast(series, { horizon: 2, model })).values]).toEqual([0, 4]);
    model.dispose();
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses other recipes and other weights', async () => {
    await expect(
      loadForecastModel(await save('toString', 'factor'), recipes),
    ).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(loadForecastModel(await save('scaled', 'other'), recipes)).rejects.toMatchObject({
      code: 'SHAPE',
    });
  });
});
