import { expectNoTensorLeak } from '@nextx/core/testing';
import '@tensorflow/tfjs';
import {
  type Tensor3D,
  add,
  concat,
  setBackend,
  slice,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Predictor } from './recipes/forecast-recipe.ts';
import { rollForecast } from './roll-forecast.ts';

/** Two values ahead: the first of the window plus 1, and the first mark of the horizon. */
const predictor: Predictor = {
  lookBack: 3,
  horizon: 2,
  predict: ({ values, marks }) =>
    tidy(() => {
      const first: Tensor3D = add(slice(values, [0, 0, 0], [-1, 1, -1]), 1);
      return concat([first, marks ? slice(marks, [0, 3, 0], [-1, 1, 1]) : first], 1);
    }),
};
const values = () => tensor3d([10, 20, 30], [1, 3, 1]);

beforeAll(() => setBackend('cpu'));

describe('rollForecast', () => {
  it('slides a window of fixed length over its own forecasts and cuts what is too long', async () => {
    const forecast = rollForecast(predictor, { values: values() }, 5);

    // [10 20 30] gives 11 11; [30 11 11] gives 31 31; [11 31 31] gives 12 12.
    expect([...(await forecast.data())]).toEqual([11, 11, 31, 31, 12]);
  });

  it('shows each evaluation the marks of its own times', async () => {
    const marks = tensor3d([0, 1, 2, 3, 4, 5, 6], [1, 7, 1]);
    const forecast = rollForecast(predictor, { values: values(), marks }, 4);

    expect([...(await forecast.data())]).toEqual([11, 3, 31, 5]);
  });

  it.each([0, -1, 2.5, NaN])('refuses a horizon of %d', (horizon) => {
    expect(() => rollForecast(predictor, { values: values() }, horizon)).toThrow(
      `rollForecast: horizon must be a whole number of at least 1, got ${horizon}`,
    );
  });

  it('keeps only its result', async () => {
    const windows = { values: values() };

    await expectNoTensorLeak(() => rollForecast(predictor, windows, 5).dispose());
  });
});
