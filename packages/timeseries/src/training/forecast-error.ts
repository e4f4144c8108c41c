import { turnOfEventLoop } from '@nextx/core';
import { abs, dispose, slice, square, stack, sub, sum, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { Forecaster, Windows } from '../recipes/forecast-recipe.ts';
import { roll } from '../roll.ts';
import type { WindowSet } from './window-set.ts';

/** Errors of forecasts, in the units of the windows. */
export interface ForecastError {
  /** Mean of squared errors over windows, steps and variates, of all alike. */
  readonly mse: number;
  /** Mean of absolute errors. */
  readonly mae: number;
}

/** Windows of one evaluation of a network; the sums do not depend on it. */
const batchSize = 64;

/**
 * Errors of the rolled forecasts of all windows of a set, none left out: the protocol's flat mean.
 *
 * @param horizon  Values forecast; the windows have a look-back and this many.
 */
export async function forecastError(
  forecaster: Forecaster,
  windows: WindowSet,
  horizon: number,
): Promise<ForecastError> {
  const sums = [0, 0];
  let count = 0;
  for (let first = 0; first < windows.count; first += batchSize) {
    const samples = Int32Array.from(
      { length: Math.min(batchSize, windows.count - first) },
      (_, index) => first + index,
    );
    const batch = windows.batch(samples);
    const errors = errorSums(forecaster, batch, horizon);
    const [squares, absolutes] = await errors.data();
    const [items, , variates] = batch.values.shape;
    errors.dispose();
    dispose({ ...batch });
    sums[0] += squares;
    sums[1] += absolutes;
    count += items * horizon * variates;
    await turnOfEventLoop();
  }
  return { mse: sums[0] / count, mae: sums[1] / count };
}

/** Sums of squared and absolute errors, `[2]`; owned by the caller. */
function errorSums(forecaster: Forecaster, windows: Windows, horizon: number): Tensor1D {
  return tidy(() => {
    const { values } = windows;
    const past = values.shape[1] - horizon;
    const expected = slice(values, [0, past, 0], [-1, horizon, -1]);
    const known = { ...windows, values: slice(values, [0, 0, 0], [-1, past, -1]) };
    const error = sub(roll(forecaster, known, horizon), expected);
    return stack([sum(square(error)), sum(abs(error))]) as Tensor1D;
  });
}
