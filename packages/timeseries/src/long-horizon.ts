import { turnOfEventLoop } from '@nextx/core';
import { type Tensor3D, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { type Benchmark, calendarMarks } from './data/benchmark.ts';
import { reachBack } from './data/splits.ts';
import { type Table, gatherWindows, windowStarts } from './data/windows.ts';
import type { Predictor } from './recipes/forecast-recipe.ts';
import { rollForecast, rolledLength } from './roll-forecast.ts';

/** What to evaluate. */
export interface LongHorizonOptions {
  /** Steps ahead, each evaluated by itself. @defaultValue `[96, 192, 336, 720]` */
  readonly horizons?: readonly number[];
  /** @defaultValue 'test' */
  readonly part?: 'validation' | 'test';
  /** Windows that are evaluated together. @defaultValue 64 */
  readonly batch?: number;
  /**
   * Leave out the windows after the last whole multiple of this, as tables before 2024 did; only to compare with them.
   * @defaultValue 1, all windows count
   */
  readonly dropLast?: number;
  /** Stops between batches. */
  readonly signal?: AbortSignal;
}

/** Errors over all windows, steps and variates, in standardized units. */
export interface LongHorizonErrors {
  readonly horizon: number;
  readonly windows: number;
  readonly mse: number;
  readonly mae: number;
}

/**
 * The test of the long-horizon tables: every window whose target lies in the test rows, a forecast of each horizon, and the
 * flat mean of the errors. Forecasts longer than the predictor's own are rolled. A window is forecast once, as far as it is
 * needed: the shorter horizons are its beginning.
 *
 * @throws {DataError} TOO_SHORT if no window fits.
 */
export async function longHorizonErrors(
  predictor: Predictor,
  data: Benchmark,
  {
    horizons = [96, 192, 336, 720],
    part = 'test',
    batch = 64,
    dropLast = 1,
    signal,
  }: LongHorizonOptions = {},
): Promise<LongHorizonErrors[]> {
  const { lookBack } = predictor;
  const rows = reachBack(data.split[part], lookBack);
  const sums = horizons.map((horizon) => {
    const { start, end } = windowStarts(rows, { lookBack, horizon });
    const windows = end - start - ((end - start) % dropLast);
    return { horizon, windows, squares: 0, distances: 0 };
  });
  const count = Math.max(...sums.map(({ windows }) => windows));
  const marks = calendarMarks(data.series, rolledLength(predictor, Math.max(...horizons)));
  for (let first = 0; first < count; first += batch) {
    await turnOfEventLoop();
    signal?.throwIfAborted();
    const needed = sums.filter(({ windows }) => windows > first);
    const horizon = Math.max(...needed.map((one) => one.horizon));
    const starts = Array.from(
      { length: Math.min(batch, count - first) },
      (_, index) => rows.start + first + index,
    );
    const forecast = await forecastWindows(
      predictor,
      { values: data.values, marks },
      { starts, horizon },
    );
    for (const sum of needed) {
      addErrors(sum, data, { starts: starts.slice(0, sum.windows - first), lookBack, forecast });
    }
  }
  return sums.map(({ horizon, windows, squares, distances }) => {
    const values = windows * horizon * data.values.columns;
    return { horizon, windows, mse: squares / values, mae: distances / values };
  });
}

/** `[B, horizon, variates]` of the windows that begin at some rows. */
interface WindowForecasts {
  readonly values: Float32Array;
  readonly horizon: number;
}

async function forecastWindows(
  predictor: Predictor,
  { values, marks }: { readonly values: Table; readonly marks: Table | undefined },
  { starts, horizon }: { readonly starts: readonly number[]; readonly horizon: number },
): Promise<WindowForecasts> {
  const { lookBack } = predictor;
  const ahead = rolledLength(predictor, horizon);
  const size = starts.length;
  const forecast = tidy((): Tensor3D => {
    const past = gatherWindows(values, starts, lookBack);
    const windows = { values: tensor3d(past, [size, lookBack, values.columns]) };
    if (!marks) return rollForecast(predictor, windows, horizon);
    const times = gatherWindows(marks, starts, lookBack + ahead);
    const shape: [number, number, number] = [size, lookBack + ahead, marks.columns];
    return rollForecast(predictor, { ...windows, marks: tensor3d(times, shape) }, horizon);
  });
  try {
    return { values: await forecast.data<'float32'>(), horizon };
  } finally {
    forecast.dispose();
  }
}

function addErrors(
  sum: { readonly horizon: number; squares: number; distances: number },
  { values: { values, columns } }: Benchmark,
  {
    starts,
    lookBack,
    forecast,
  }: {
    readonly starts: readonly number[];
    readonly lookBack: number;
    readonly forecast: WindowForecasts;
  },
): void {
  const length = sum.horizon * columns;
  starts.forEach((start, window) => {
    const target = (start + lookBack) * columns;
    const predicted = window * forecast.horizon * columns;
    for (let index = 0; index < length; index += 1) {
      const error = values[target + index] - forecast.values[predicted + index];
      sum.squares += error * error;
      sum.distances += Math.abs(error);
    }
  });
}
