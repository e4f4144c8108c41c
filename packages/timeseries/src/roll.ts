import { DataError, OptionError } from '@nextx/core';
import { concat, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { Forecaster, Windows } from './recipes/forecast-recipe.ts';

/**
 * Rolls a forecast over any horizon as published: each piece is appended to the window, whose oldest values drop out,
 * and the network sees nothing but the slid window, whose statistics it takes anew. Needs no memory that grows with
 * the horizon, but that of the result.
 *
 * @param windows  The past, at least a look-back of it, `[B, T, V]`; marks, for a network that reads them, up to the
 * beginning of the last piece. Borrowed.
 * @returns `[B, horizon, V]`; owned by the caller.
 * @throws {OptionError} unless the horizon is a whole number of at least 1.
 */
export function roll(forecaster: Forecaster, windows: Windows, horizon: number): Tensor3D {
  return joined(rollPieces(forecaster, windows, horizon));
}

/**
 * Rolls a forecast with what the network remembers of the past: each piece is read once. The statistics stay those of
 * the past, so that it is not the published forecast; see `SegmentState` for what happens when the memory is full.
 *
 * @returns `[B, horizon, V]`; owned by the caller.
 * @throws {OptionError} if the forecaster remembers nothing, or the horizon is not a whole number of at least 1.
 */
export function rollCached(forecaster: Forecaster, windows: Windows, horizon: number): Tensor3D {
  return joined(rollCachedPieces(forecaster, windows, horizon));
}

/** The pieces of `roll` one by one, the last one cut; each is owned by the caller. */
export function* rollPieces(
  forecaster: Forecaster,
  windows: Windows,
  horizon: number,
): Generator<Tensor3D, void, void> {
  assertHorizon(horizon);
  const { lookBack, horizon: piece } = forecaster;
  const { marks } = windows;
  const length = windows.values.shape[1];
  let values = lastOf(windows.values, lookBack);
  try {
    for (let done = 0; done < horizon; done += piece) {
      const [next, slid] = tidy((): [Tensor3D, Tensor3D] => {
        const first = length - lookBack + done;
        const slidMarks = marks && slice(marks, [0, first, 0], [-1, lookBack, -1]);
        const forecast = forecaster.predict({ values, ...(slidMarks && { marks: slidMarks }) });
        return [forecast, lastOf(concat([values, forecast], 1), lookBack)];
      });
      values.dispose();
      values = slid;
      yield cut(next, horizon - done);
    }
  } finally {
    values.dispose();
  }
}

/** The pieces of `rollCached` one by one, the last one cut; each is owned by the caller. */
export function* rollCachedPieces(
  forecaster: Forecaster,
  windows: Windows,
  horizon: number,
): Generator<Tensor3D, void, void> {
  assertHorizon(horizon);
  const { values, marks } = windows;
  const { horizon: piece } = forecaster;
  const state = forecaster.open?.(windows);
  if (state === undefined) {
    throw new OptionError(
      'rollCached: the forecaster must remember the past, which this one does not. Use roll.',
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

function assertHorizon(horizon: number): void {
  if (Number.isInteger(horizon) && horizon >= 1) return;
  throw new OptionError(
    `roll: horizon must be a whole number of at least 1, got ${horizon}. Say how many values to forecast.`,
  );
}

/** The last values of a window; owned by the caller. */
function lastOf(values: Tensor3D, count: number): Tensor3D {
  const [, length] = values.shape;
  if (length < count) {
    throw new DataError(
      `roll: the past must have at least the ${count} values that the network reads, got ${length}. Give more of it, or use a model with a shorter look-back.`,
      'TOO_SHORT',
    );
  }
  return slice(values, [0, length - count, 0], [-1, count, -1]);
}

function joined(pieces: Iterable<Tensor3D>): Tensor3D {
  return tidy(() => concat([...pieces], 1));
}

function cut(piece: Tensor3D, left: number): Tensor3D {
  if (left >= piece.shape[1]) return piece;
  const head = slice(piece, [0, 0, 0], [-1, left, -1]);
  piece.dispose();
  return head;
}
