import { type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { standardization } from '../data/standardize.ts';
import type { Table } from '../data/windows.ts';
import type { Predictor, Windows } from '../recipes/forecast-recipe.ts';
import { rollForecast, rolledLength, rollQuantiles } from '../roll-forecast.ts';
import type { Series } from '../series.ts';

/** Where a forecast starts: the first row that is not known to it. */
export interface PredictionOrigin {
  readonly series: Series;
  /** At least the look-back. */
  readonly row: number;
  /** `[time + rolled horizon, features]` */
  readonly marks?: Table;
}

/** Windows that are evaluated together at most. */
const batchWindows = 256;

/**
 * Forecasts from several origins, in the units of their series. Each window is given in units of its own mean and deviation,
 * found in float64, so that float32 holds values of any size; a variate that is constant over its window stays what it is.
 *
 * @param origins  Of series with the same number of variates.
 * @param levels  How many numbers stand for each value: quantiles, or 1 for points.
 * @returns For each origin `[horizon, variates, levels]`.
 */
export async function predictWindows(
  predictor: Predictor,
  origins: readonly PredictionOrigin[],
  {
    horizon,
    levels,
    signal,
  }: { readonly horizon: number; readonly levels: number; readonly signal?: AbortSignal },
): Promise<Float64Array[]> {
  const forecasts: Float64Array[] = [];
  for (let first = 0; first < origins.length; first += batchWindows) {
    signal?.throwIfAborted();
    const batch = origins.slice(first, first + batchWindows);
    const windows = batch.map((origin) => standardWindow(predictor, origin));
    const forecast = tidy((): Tensor => {
      const tensors = windowTensors(predictor, batch, { windows, horizon });
      const { quantiles, levels: known } = predictor;
      return levels === 1 || !quantiles || !known
        ? rollForecast(predictor, tensors, horizon)
        : rollQuantiles({ ...predictor, quantiles, levels: known }, tensors, horizon);
    });
    try {
      const numbers = await forecast.data<'float32'>();
      const size = numbers.length / batch.length;
      windows.forEach((window, index) => {
        forecasts.push(inUnits(numbers.subarray(index * size, (index + 1) * size), window, levels));
      });
    } finally {
      forecast.dispose();
    }
  }
  return forecasts;
}

/** The look-back before an origin, and what its values are measured in. */
interface StandardWindow {
  /** `[lookBack, variates]` */
  readonly values: Float64Array;
  readonly mean: Float64Array;
  /** 0 where a variate is constant. */
  readonly deviation: Float64Array;
}

function standardWindow(
  { lookBack }: Predictor,
  { series: { values, variates }, row }: PredictionOrigin,
): StandardWindow {
  const width = variates.length;
  const past = values.subarray((row - lookBack) * width, row * width);
  const { mean, deviation } = standardization(
    { values: past, variates },
    { start: 0, end: lookBack },
  );
  const isConstant = mean.map((_, variate) =>
    past.every((value, index) => index % width !== variate || value === past[variate]) ? 1 : 0,
  );
  return {
    values: past.map((value, index) => (value - mean[index % width]) / deviation[index % width]),
    mean,
    deviation: deviation.map((value, variate) => (isConstant[variate] ? 0 : value)),
  };
}

function windowTensors(
  predictor: Predictor,
  batch: readonly PredictionOrigin[],
  { windows, horizon }: { readonly windows: readonly StandardWindow[]; readonly horizon: number },
): Windows {
  const { lookBack } = predictor;
  const width = batch[0].series.variates.length;
  const values = stacked(
    windows.map((window) => window.values),
    [lookBack, width],
  );
  if (!batch[0].marks) return { values };
  const length = lookBack + rolledLength(predictor, horizon);
  const marks = batch.map(({ row, marks: table }) => {
    const columns = table?.columns ?? 0;
    return table?.values.subarray((row - lookBack) * columns, (row - lookBack + length) * columns);
  });
  return {
    values,
    marks: stacked(
      marks.filter((one) => one !== undefined),
      [length, batch[0].marks.columns],
    ),
  };
}

function stacked(parts: readonly (Float64Array | Float32Array)[], shape: [number, number]) {
  const size = shape[0] * shape[1];
  const all = new Float32Array(parts.length * size);
  parts.forEach((part, index) => {
    all.set(part, index * size);
  });
  return tensor3d(all, [parts.length, ...shape]);
}

function inUnits(
  numbers: Float32Array,
  { mean, deviation }: StandardWindow,
  levels: number,
): Float64Array {
  return Float64Array.from(numbers, (number, index) => {
    const variate = Math.floor(index / levels) % mean.length;
    // What a network makes of a constant is noise; 0 times it is 0 also where it is not a number.
    return deviation[variate] === 0 ? mean[variate] : mean[variate] + deviation[variate] * number;
  });
}
