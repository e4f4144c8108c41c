import { slice, tidy, tile } from '@tensorflow/tfjs-core';
import type { Predictor } from '../recipes/forecast-recipe.ts';

/** The last value of each variate for every step: what any forecast of a window is shown beside. */
export function repeatLast(horizon: number): Predictor {
  return {
    lookBack: 1,
    horizon,
    predict: ({ values }) =>
      tidy(() => tile(slice(values, [0, values.shape[1] - 1, 0], [-1, 1, -1]), [1, horizon, 1])),
  };
}
