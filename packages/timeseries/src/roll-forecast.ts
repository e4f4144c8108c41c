import { type Tensor3D, concat, slice, tidy } from '@tensorflow/tfjs-core';
import type { Predictor, Windows } from './recipes/forecast-recipe.ts';

/**
 * A forecast of any length, by feeding forecasts back as the published systems do: the window keeps its length, the oldest
 * values leave it, and whatever the network measures of its window it measures again (AutoTimes, GPHT). Memory beyond the
 * result is that of one evaluation.
 *
 * @param windows  Values `[B, lookBack, V]`, and marks of `lookBack + rolledLength(predictor, horizon)` times if there are any.
 * @returns `[B, horizon, V]`; owned by the caller.
 */
export function rollForecast(
  predictor: Predictor,
  { values, marks }: Windows,
  horizon: number,
): Tensor3D {
  const { lookBack } = predictor;
  return tidy(() => {
    const parts: Tensor3D[] = [];
    let window = values;
    for (let done = 0; done < horizon; done += predictor.horizon) {
      const next = tidy(() => predictor.predict(marked(predictor, window, { marks, done })));
      parts.push(next);
      const slid = tidy(() => {
        const joined = concat([window, next], 1);
        return slice(joined, [0, joined.shape[1] - lookBack, 0], [-1, lookBack, -1]);
      });
      if (window !== values) window.dispose();
      window = slid;
    }
    return slice(concat(parts, 1), [0, 0, 0], [-1, horizon, -1]);
  });
}

/** Steps that a rolled forecast computes, of which the first are kept. */
export function rolledLength({ horizon: step }: Predictor, horizon: number): number {
  return Math.ceil(horizon / step) * step;
}

/** The window with the marks of its own times and of those that it forecasts. */
function marked(
  { lookBack, horizon }: Predictor,
  values: Tensor3D,
  { marks, done }: { readonly marks: Tensor3D | undefined; readonly done: number },
): Windows {
  return marks
    ? { values, marks: slice(marks, [0, done, 0], [-1, lookBack + horizon, -1]) }
    : { values };
}
