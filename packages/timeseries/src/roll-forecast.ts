import { type Tensor3D, concat, slice, tidy } from '@tensorflow/tfjs-core';
import { assertHorizon } from './assert-horizon.ts';
import type { Predictor, Windows } from './recipes/forecast-recipe.ts';

/**
 * A forecast of any length, by feeding forecasts back as the published systems do: the window keeps its length, the oldest
 * values leave it, and whatever the network measures of its window it measures again (AutoTimes, GPHT). Memory beyond the
 * result is that of one evaluation.
 *
 * @param windows  Values `[B, lookBack, V]`, and marks of `lookBack + rolledLength(predictor, horizon)` times if there are any;
 * shorter windows, of a predictor that reads them, grow to the look-back.
 * @returns `[B, horizon, V]`; owned by the caller.
 * @throws {OptionError} unless the horizon is a whole number of at least 1.
 */
export function rollForecast(
  predictor: Predictor,
  { values, marks }: Windows,
  horizon: number,
): Tensor3D {
  assertHorizon('rollForecast', horizon);
  return tidy(() => {
    const pieces = [...rollForecastPieces(predictor, { values, marks }, horizon)];
    return slice(concat(pieces, 1), [0, 0, 0], [-1, horizon, -1]);
  });
}

/** What every evaluation of `rollForecast` gives, `[B, predictor.horizon, V]`, also beyond the horizon; owned by the caller. */
export function* rollForecastPieces(
  predictor: Predictor,
  { values, marks }: RolledWindows,
  horizon: number,
): Generator<Tensor3D, void, void> {
  let window = values.clone();
  try {
    for (let done = 0; done < horizon; done += predictor.horizon) {
      const [piece, slid] = tidy((): [Tensor3D, Tensor3D] => {
        const end = values.shape[1] + done;
        const next = predictor.predict(markedWindow(predictor, window, { marks, end }));
        return [next, slideWindow(predictor, window, next)];
      });
      window.dispose();
      window = slid;
      yield piece;
    }
  } finally {
    window.dispose();
  }
}

/** Windows that may have marks. */
export interface RolledWindows {
  readonly values: Tensor3D;
  readonly marks?: Tensor3D | undefined;
}

/** Steps that a rolled forecast computes, of which the first are kept. */
export function rolledLength({ horizon: step }: Predictor, horizon: number): number {
  return Math.ceil(horizon / step) * step;
}

/** The window with the marks of its own times and of those that it forecasts. @param end  Row of the marks where the window ends. */
export function markedWindow(
  { horizon }: Predictor,
  values: Tensor3D,
  { marks, end }: { readonly marks: Tensor3D | undefined; readonly end: number },
): Windows {
  const length = values.shape[1];
  return marks
    ? { values, marks: slice(marks, [0, end - length, 0], [-1, length + horizon, -1]) }
    : { values };
}

/** A window after the values that follow it, no longer than the look-back; owned by the caller. */
export function slideWindow({ lookBack }: Predictor, window: Tensor3D, next: Tensor3D): Tensor3D {
  return tidy(() => {
    const joined = concat([window, next], 1);
    const length = Math.min(lookBack, joined.shape[1]);
    return slice(joined, [0, joined.shape[1] - length, 0], [-1, length, -1]);
  });
}
