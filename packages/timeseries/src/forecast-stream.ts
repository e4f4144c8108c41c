import { DataError, OptionError } from '@nextx/core';
import { concat, slice, tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { assertHorizon } from './assert-horizon.ts';
import type { ForecastState, Forecaster, Predictor } from './recipes/forecast-recipe.ts';
import { rollForecast } from './roll-forecast.ts';

/** Forecasts of a series that goes on: an observation costs the same however long the series is. */
export interface ForecastStream {
  /** Takes the next observation of every variate. @throws {DataError} BAD_INPUT unless all are finite. */
  append(observation: ArrayLike<number>): void;
  /** What follows the last observation, `[1, horizon, V]`; owned by the caller. @throws {OptionError} unless the horizon is a whole number of at least 1. */
  forecast(horizon: number): Tensor3D;
  dispose(): void;
}

/**
 * Forecasts from the latest look-back, as `rollForecast` has them: an observation is only written down, and a forecast evaluates
 * the network over the whole window.
 *
 * @param past  `[time, V]`, row-major, at least a look-back of it.
 */
export function slidingStream(
  forecaster: Predictor,
  past: ArrayLike<number>,
  variates: number,
): ForecastStream {
  const { lookBack } = forecaster;
  const size = lookBack * variates;
  assertPast(past, { variates, least: lookBack });
  // A ring of rows; the oldest one is at `oldest`.
  const ring = Float32Array.from({ length: size }, (_, i) => past[past.length - size + i]);
  let oldest = 0;
  return {
    append: (observation) => {
      assertObservation(observation, variates);
      ring.set(Float32Array.from(observation), oldest * variates);
      oldest = (oldest + 1) % lookBack;
    },
    forecast: (horizon) =>
      tidy(() => {
        const window = new Float32Array(size);
        window.set(ring.subarray(oldest * variates));
        window.set(ring.subarray(0, oldest * variates), (lookBack - oldest) * variates);
        const values = tensor3d(window, [1, lookBack, variates]);
        return rollForecast(forecaster, { values }, horizon);
      }),
    dispose: () => undefined,
  };
}

/**
 * Forecasts from what the network remembers, under the statistics of the first past: each full segment of observations is
 * read once. Observations of a segment that is not full yet wait; a forecast begins at their segment and what they
 * have already shown is cut off.
 *
 * @param past  `[time, V]`, row-major, whole segments.
 * @throws {OptionError} if the forecaster remembers nothing.
 */
export function cachedStream(
  forecaster: Forecaster,
  past: ArrayLike<number>,
  variates: number,
): ForecastStream {
  assertPast(past, { variates, least: 1 });
  const values = tensor3d(Float32Array.from(past), [1, past.length / variates, variates]);
  const state = forecaster.open?.({ values });
  values.dispose();
  if (state === undefined) {
    throw new OptionError(
      'cachedStream: the forecaster must remember the past, which this one does not. Use slidingStream.',
    );
  }
  const { segment } = state;
  const waiting: number[] = [];
  return {
    append: (observation) => {
      assertObservation(observation, variates);
      for (let variate = 0; variate < variates; variate++) waiting.push(observation[variate]);
      if (waiting.length < segment * variates) return;
      tidy(() => {
        const read = waiting.splice(0);
        state.append({ values: tensor3d(Float32Array.from(read), [1, segment, variates]) });
      });
    },
    forecast: (horizon) => forecastFrom(state, { known: waiting.length / variates, horizon }),
    dispose: () => state.dispose(),
  };
}

function forecastFrom(
  state: ForecastState,
  { known, horizon }: { readonly known: number; readonly horizon: number },
): Tensor3D {
  assertHorizon('cachedStream', horizon);
  const ahead = state.fork();
  try {
    return tidy(() => {
      const pieces = [ahead.predict()];
      const [, piece] = pieces[0].shape;
      while (pieces.length * piece < known + horizon) {
        ahead.append({ values: pieces[pieces.length - 1] });
        pieces.push(ahead.predict());
      }
      return slice(concat(pieces, 1), [0, known, 0], [-1, horizon, -1]);
    });
  } finally {
    ahead.dispose();
  }
}

function assertPast(
  past: ArrayLike<number>,
  { variates, least }: { readonly variates: number; readonly least: number },
): void {
  const rows = past.length / variates;
  if (Number.isInteger(rows) && rows >= least) return;
  throw new DataError(
    `stream: the past must be at least ${least} whole rows of ${variates} variates, got ${past.length} values. Give more of it.`,
    'TOO_SHORT',
  );
}

function assertObservation(observation: ArrayLike<number>, variates: number): void {
  const values = Array.from(observation);
  if (values.length === variates && values.every(Number.isFinite)) return;
  throw new DataError(
    `append: an observation must be ${variates} finite numbers, got [${values.join(', ')}]. Fill missing values first.`,
    'BAD_INPUT',
  );
}
