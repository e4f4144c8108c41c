import { type Tensor3D, type Tensor4D, concat, slice, squeeze, tidy } from '@tensorflow/tfjs-core';
import type { Predictor, Windows } from './recipes/forecast-recipe.ts';

/**
 * A forecast of any length, by feeding forecasts back as the published systems do: the window keeps its length, the oldest
 * values leave it, and whatever the network measures of its window it measures again (AutoTimes, GPHT). Memory beyond the
 * result is that of one evaluation.
 *
 * @param windows  Values `[B, lookBack, V]`, and marks of `lookBack + rolledLength(predictor, horizon)` times if there are any;
 * shorter windows, of a predictor that reads them, grow to the look-back.
 * @returns `[B, horizon, V]`; owned by the caller.
 */
export function rollForecast(predictor: Predictor, windows: Windows, horizon: number): Tensor3D {
  return roll(predictor, windows, horizon, (window) => {
    const next = predictor.predict(window);
    return { part: next, next };
  });
}

/**
 * Quantiles of a forecast of any length: beyond one evaluation they are those of going on from the median so far, whose
 * uncertainty they do not add.
 *
 * @param predictor  One that has `quantiles`, 0.5 among its levels.
 * @param windows  As `rollForecast` takes them.
 * @returns `[B, horizon, V, levels]`; owned by the caller.
 */
export function rollQuantiles(
  predictor: Predictor & Required<Pick<Predictor, 'quantiles' | 'levels'>>,
  windows: Windows,
  horizon: number,
): Tensor4D {
  const median = predictor.levels.indexOf(0.5);
  return roll(predictor, windows, horizon, (window) => {
    const part = predictor.quantiles(window);
    return { part, next: squeeze<Tensor3D>(slice(part, [0, 0, 0, median], [-1, -1, -1, 1]), [3]) };
  });
}

/** The parts of a forecast of any length one after the other; `next` is what the window slides on to. */
function roll<Part extends Tensor3D | Tensor4D>(
  predictor: Predictor,
  { values, marks }: Windows,
  horizon: number,
  evaluate: (window: Windows) => { readonly part: Part; readonly next: Tensor3D },
): Part {
  const { lookBack } = predictor;
  return tidy(() => {
    const parts: Part[] = [];
    let window = values;
    for (let done = 0; done < horizon; done += predictor.horizon) {
      const [part, slid] = tidy((): [Part, Tensor3D] => {
        const evaluated = evaluate(
          marked(predictor, window, { marks, end: values.shape[1] + done }),
        );
        const joined = concat([window, evaluated.next], 1);
        const length = Math.min(lookBack, joined.shape[1]);
        return [evaluated.part, slice(joined, [0, joined.shape[1] - length, 0], [-1, length, -1])];
      });
      if (window !== values) window.dispose();
      parts.push(part);
      window = slid;
    }
    const joined: Part = concat(parts, 1);
    const rest = joined.shape.slice(2).map(() => 0);
    return slice(joined, [0, 0, ...rest], [-1, horizon, ...rest.map(() => -1)]);
  });
}

/** Steps that a rolled forecast computes, of which the first are kept. */
export function rolledLength({ horizon: step }: Predictor, horizon: number): number {
  return Math.ceil(horizon / step) * step;
}

/** The window with the marks of its own times and of those that it forecasts. @param end  Row of the marks where the window ends. */
function marked(
  { horizon }: Predictor,
  values: Tensor3D,
  { marks, end }: { readonly marks: Tensor3D | undefined; readonly end: number },
): Windows {
  const length = values.shape[1];
  return marks
    ? { values, marks: slice(marks, [0, end - length, 0], [-1, length + horizon, -1]) }
    : { values };
}
