import { OptionError } from '@nextx/core';
import { concat, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { assertHorizon } from './assert-horizon.ts';
import type { Forecaster, Windows } from './recipes/forecast-recipe.ts';

/**
 * Rolls a forecast with what the network remembers of the past: each piece is read once. The statistics stay those of
 * the past, so that it is not the published forecast, which is `rollForecast`; a full memory is filled anew with the latest
 * look-back, so that no step and no memory grows.
 *
 * @param windows  The past, `[B, T, V]`, whole segments of it; marks, for a network that reads them, up to the beginning of the
 * last segment that is read. Borrowed.
 * @returns `[B, horizon, V]`; owned by the caller.
 * @throws {OptionError} if the forecaster remembers nothing, or the horizon is not a whole number of at least 1.
 */
export function rollCached(forecaster: Forecaster, windows: Windows, horizon: number): Tensor3D {
  return tidy(() => concat([...rollCachedPieces(forecaster, windows, horizon)], 1));
}

/** The pieces of `rollCached` one by one, the last one cut; each is owned by the caller. */
export function* rollCachedPieces(
  forecaster: Forecaster,
  windows: Windows,
  horizon: number,
): Generator<Tensor3D, void, void> {
  assertHorizon('rollCached', horizon);
  const { values, marks } = windows;
  const { horizon: piece } = forecaster;
  const state = forecaster.open?.(windows);
  if (state === undefined) {
    throw new OptionError(
      'rollCached: the forecaster must remember the past, which this one does not. Use rollForecast.',
    );
  }
  try {
    for (let done = 0; done < horizon; done += piece) {
      const next = state.predict();
      if (done + piece < horizon) {
        const first = values.shape[1] + done;
        tidy(() => {
          const times = marks && slice(marks, [0, first, 0], [-1, piece, -1]);
          state.append({ values: next, ...(times && { marks: times }) });
        });
      }
      yield cut(next, horizon - done);
    }
  } finally {
    state.dispose();
  }
}

function cut(piece: Tensor3D, left: number): Tensor3D {
  if (left >= piece.shape[1]) return piece;
  const head = slice(piece, [0, 0, 0], [-1, left, -1]);
  piece.dispose();
  return head;
}
