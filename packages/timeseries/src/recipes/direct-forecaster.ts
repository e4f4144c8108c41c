import { assertShape } from '@nextx/core';
import type { Key, ParamTree } from '@nextx/core';
import { mean, slice, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor3D } from '@tensorflow/tfjs-core';
import type { Forecaster, Windows } from './forecast-recipe.ts';

/** A network that gives a whole horizon in one evaluation. */
export interface DirectNetwork {
  readonly lookBack: number;
  readonly horizon: number;
  /** Borrowed. */
  readonly params: ParamTree;
  /**
   * @param past  `[B, lookBack, V]` and its marks.
   * @param key  Draws dropout; absent outside training.
   * @returns `[B, horizon, V]`; owned by the caller.
   */
  forward(past: Windows, key?: Key): Tensor3D;
  /** What training minimizes, between forecasts and what came, `[B, horizon, V]` both. @defaultValue mean squared error */
  lossOf?(forecast: Tensor3D, future: Tensor3D): Scalar;
}

/** A forecaster of one evaluation, which learns by the error of the whole horizon at once. */
export function directForecaster(network: DirectNetwork): Forecaster {
  const { lookBack, horizon, params, forward, lossOf = meanSquaredError } = network;
  return {
    lookBack,
    horizon,
    params,
    predict: (windows) => {
      assertShape('predict: values', windows.values, [null, lookBack, null]);
      return tidy(() => forward(pastOf(windows, lookBack)));
    },
    loss: (windows, key) => {
      const { values } = windows;
      assertShape('loss: values', values, [null, lookBack + horizon, null]);
      return tidy(() => {
        const forecast = forward(pastOf(windows, lookBack), key);
        return lossOf(forecast, slice(values, [0, lookBack, 0]));
      });
    },
  };
}

function pastOf({ values, marks }: Windows, lookBack: number): Windows {
  const first = (x: Tensor3D): Tensor3D => slice(x, [0, 0, 0], [-1, lookBack, -1]);
  return { values: first(values), ...(marks && { marks: first(marks) }) };
}

/** Mean over all values of the squared difference; owned by the caller. */
export function meanSquaredError(a: Tensor3D, b: Tensor3D): Scalar {
  return tidy(() => mean(square(sub(a, b))));
}
