import { DataError, turnOfEventLoop } from '@nextx/core';
import { type Tensor, dispose, tensor3d } from '@tensorflow/tfjs-core';
import { meanAndDeviation } from '../data/standardize.ts';
import type { Table } from '../data/windows.ts';
import type { Predictor, Windows } from '../recipes/forecast-recipe.ts';
import { rollForecastPieces, rolledLength } from '../roll-forecast.ts';
import { type PathDraws, defaultDraws, pathQuantiles, rollPathPieces } from '../roll-paths.ts';
import { rollQuantilePieces } from '../roll-quantiles.ts';
import type { Series } from '../series.ts';

/** Where a forecast starts: the first row that is not known to it. */
export interface PredictionOrigin {
  readonly series: Series;
  /** At least the look-back. */
  readonly row: number;
  /** `[time + rolled horizon, features]` */
  readonly marks?: Table;
}

/** Windows that are evaluated together at most, and paths of windows. */
const batchWindows = 256;
const batchPaths = 4096;

/** What to give of each origin. */
export interface WindowRequest {
  readonly horizon: number;
  /** How many numbers stand for each value: the predictor's quantiles, or 1 for points. */
  readonly levels: number;
  /** Of a predictor that draws them. @defaultValue `defaultDraws` */
  readonly draws?: PathDraws;
  /** Stops between evaluations. */
  readonly signal?: AbortSignal;
  /** Told after every evaluation. */
  readonly onProgress?: (progress: ForecastProgress) => void;
}

/** How far forecasts have come. */
export interface ForecastProgress {
  /** Evaluations of the network, of some windows together. */
  readonly done: number;
  readonly total: number;
}

/**
 * Forecasts from several origins, in the units of their series. Each window is given in units of its own mean and deviation,
 * found in float64, so that float32 holds values of any size; a variate that is constant over its window stays what it is.
 * Windows of one shape are evaluated together.
 *
 * @returns For each origin `[horizon, variates, levels]`.
 * @throws {DataError} EMPTY if a window has no value of a variate.
 */
export async function predictWindows(
  predictor: Predictor,
  origins: readonly PredictionOrigin[],
  request: WindowRequest,
): Promise<Float64Array[]> {
  const forecasts: Float64Array[] = origins.map(() => new Float64Array());
  const { horizon, draws = defaultDraws, signal, onProgress } = request;
  const most = predictor.paths ? Math.ceil(batchPaths / draws.count) : batchWindows;
  const batches = sameShape(predictor, origins).flatMap((group) => cutInto(group, most));
  const progress = { done: 0, total: batches.length * Math.ceil(horizon / predictor.horizon) };
  for (const batch of batches) {
    signal?.throwIfAborted();
    const windows = batch.map((index) => standardWindow(predictor, origins[index]));
    const own = batch.map((index) => origins[index]);
    const tensors = windowTensors(predictor, own, { windows, horizon });
    const pieces: Float32Array[] = [];
    try {
      for (const piece of evaluations(predictor, tensors, request)) {
        try {
          pieces.push(await piece.data<'float32'>());
        } finally {
          piece.dispose();
        }
        progress.done += 1;
        onProgress?.({ ...progress });
        await turnOfEventLoop();
        signal?.throwIfAborted();
      }
    } finally {
      dispose([tensors.values, ...(tensors.marks ? [tensors.marks] : [])]);
    }
    batch.forEach((index, place) => {
      const numbers = joined(pieces, place, batch.length);
      const values = horizon * origins[index].series.variates.length * request.levels;
      forecasts[index] = inUnits(numbers.subarray(0, values), windows[place], request.levels);
    });
  }
  return forecasts;
}

function cutInto<Item>(items: readonly Item[], most: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, index) =>
    items.slice(index * most, (index + 1) * most),
  );
}

/** The numbers of one window of so many, of all pieces. */
function joined(pieces: readonly Float32Array[], window: number, windows: number): Float32Array {
  const size = pieces[0].length / windows;
  const all = new Float32Array(size * pieces.length);
  pieces.forEach((piece, index) => {
    all.set(piece.subarray(window * size, (window + 1) * size), index * size);
  });
  return all;
}

/** Places of the origins whose windows have one shape. */
function sameShape(predictor: Predictor, origins: readonly PredictionOrigin[]): number[][] {
  const groups = new Map<string, number[]>();
  origins.forEach((origin, index) => {
    const { length } = origin.series.variates;
    const shape = [length, windowLength(predictor, origin), origin.marks?.columns].join();
    const group = groups.get(shape);
    if (group) group.push(index);
    else groups.set(shape, [index]);
  });
  return [...groups.values()];
}

/** Evaluation by evaluation `[B, h, V, levels]`, or points `[B, h, V]`; owned by the caller. */
function* evaluations(
  predictor: Predictor,
  windows: Windows,
  { horizon, levels: asked, draws = defaultDraws }: WindowRequest,
): Generator<Tensor, void, void> {
  const { paths, quantiles, levels } = predictor;
  const isPoint = asked === 1 || !levels;
  if (paths) {
    for (const drawn of rollPathPieces({ ...predictor, paths }, windows, { horizon, ...draws })) {
      const piece = pathQuantiles(drawn, draws.count, isPoint ? [0.5] : levels);
      drawn.dispose();
      yield piece;
    }
  } else if (isPoint || !quantiles) {
    yield* rollForecastPieces(predictor, windows, horizon);
  } else {
    yield* rollQuantilePieces({ ...predictor, quantiles, levels }, windows, horizon);
  }
}

/** The rows before an origin, and what their values are measured in. */
interface StandardWindow {
  /** `[time, variates]` */
  readonly values: Float64Array;
  readonly mean: Float64Array;
  /** 0 where a variate is constant. */
  readonly deviation: Float64Array;
}

function standardWindow(predictor: Predictor, origin: PredictionOrigin): StandardWindow {
  const { values, variates } = origin.series;
  const width = variates.length;
  const length = windowLength(predictor, origin);
  const past = values.subarray((origin.row - length) * width, origin.row * width);
  const units = variates.map((name, variate) => {
    const known = past.filter((value, index) => index % width === variate && !Number.isNaN(value));
    if (known.length === 0) {
      throw new DataError(
        `forecast: one value at least must be known of the last ${length} rows, "${name}" has none. Leave the column out.`,
        'EMPTY',
      );
    }
    return meanAndDeviation(known);
  });
  return {
    values: past.map((value, index) => {
      const { mean, deviation } = units[index % width];
      return (value - mean) / (deviation || 1);
    }),
    mean: Float64Array.from(units, ({ mean }) => mean),
    deviation: Float64Array.from(units, ({ deviation }) => deviation),
  };
}

/** Rows of the window before an origin: the look-back, or as many as there are for a predictor that reads shorter ones. */
function windowLength({ lookBack }: Predictor, { row }: PredictionOrigin): number {
  return Math.min(lookBack, row);
}

function windowTensors(
  predictor: Predictor,
  batch: readonly PredictionOrigin[],
  { windows, horizon }: { readonly windows: readonly StandardWindow[]; readonly horizon: number },
): Windows {
  const past = windowLength(predictor, batch[0]);
  const width = batch[0].series.variates.length;
  const values = stacked(
    windows.map((window) => window.values),
    [past, width],
  );
  if (!batch[0].marks) return { values };
  const length = past + rolledLength(predictor, horizon);
  const marks = batch.map(({ row, marks: table }) => {
    const columns = table?.columns ?? 0;
    return table?.values.subarray((row - past) * columns, (row - past + length) * columns);
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
