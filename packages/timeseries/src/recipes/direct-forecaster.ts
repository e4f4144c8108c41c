import { assertShape } from '@nextx/core';
import type { Key, ParamTree } from '@nextx/core';
import { mean, slice, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor3D } from '@tensorflow/tfjs-core';
import type { Forecaster, Windows } from './forecast-recipe.ts';

/** A network that gives a whole horizon in one evaluation. */
export interface DirectNetwork {
  readonly lookBack: number;
  readonly horizon: number;
  /** Variates that windows must have; absent where any number will do. */
  readonly variates?: number | undefined;
  /** Borrowed. */
  readonly params: ParamTree;
  /**
   * @param past  `[B, lookBack, V]` and its marks.
   * @param key  Draws dropout; absent outside training.
   * @returns `[B, horizon, V]`; owned by the caller.
   */
  forward(past: Windows, key?: Key): Tensor3D;
}

/** A forecaster of one evaluation, which learns by the mean squared error of the whole horizon. */
export function directForecaster(network: DirectNetwork): Forecaster {
  const { lookBack, horizon, variates, params, forward } = network;
  return {
    lookBack,
    horizon,
    params,
    ...(variates !== undefined && { variates }),
    predict: (windows) => {
      assertShape('predict: values', windows.values, [null, lookBack, variates ?? null]);
      return tidy(() => forward(pastOf(windows, lookBack)));
    },
    loss: (windows, key) => {
      const { values } = windows;
      assertShape('loss: values', values, [null, lookBack + horizon, variates ?? null]);
      return tidy(() => {
        const forecast = forward(pastOf(windows, lookBack), key);
        return mean(square(sub(forecast, slice(values, [0, lookBack, 0])))) as Scalar;
      });
    },
  };
}

function pastOf({ values, marks }: Windows, lookBack: number): Windows {
  const first = (x: Tensor3D): Tensor3D => slice(x, [0, 0, 0], [-1, lookBack, -1]);
  return { values: first(values), ...(marks && { marks: first(marks) }) };
}
