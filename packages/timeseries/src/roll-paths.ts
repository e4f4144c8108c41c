import { foldIn, keyFromSeed, purposes } from '@nextx/core';
import type { Key } from '@nextx/core';
import { concat, reshape, slice, tensor3d, tidy, tile, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { assertHorizon } from './assert-horizon.ts';
import type { Predictor, Windows } from './recipes/forecast-recipe.ts';
import { markedWindow, slideWindow } from './roll-forecast.ts';
import { repeatedWindows } from './repeated-windows.ts';
import { sampleQuantiles } from './sample-quantiles.ts';
import { stratifiedNormals } from './stratified-normals.ts';

/** A predictor that draws what follows. */
export type PathPredictor = Predictor & Required<Pick<Predictor, 'paths'>>;

/** Which paths are drawn. */
export interface PathDraws {
  /** Of each window. */
  readonly count: number;
  /** All windows have the same noise, so that each is forecast alone as among others. */
  readonly key: Key;
}

/** Where nothing else is asked for. */
export const defaultDraws: PathDraws = { count: 100, key: keyFromSeed(0n) };

/**
 * Draws how windows may go on, for any length. Each path goes on from its own values, so that what is drawn is of the joint
 * distribution of all steps. Memory beyond the result does not grow with the horizon.
 *
 * @param windows  As `rollForecast` takes them.
 * @returns `[B · count, horizon, V]`, the paths of a window one after another; owned by the caller.
 * @throws {OptionError} unless the horizon is a whole number of at least 1.
 */
export function rollPaths(
  predictor: PathPredictor,
  windows: Windows,
  draws: PathDraws & { readonly horizon: number },
): Tensor3D {
  assertHorizon('rollPaths', draws.horizon);
  return tidy(() => {
    const pieces = [...rollPathPieces(predictor, windows, draws)];
    return slice(concat(pieces, 1), [0, 0, 0], [-1, draws.horizon, -1]);
  });
}

/** What every evaluation of `rollPaths` gives, also beyond the horizon; owned by the caller. */
export function* rollPathPieces(
  predictor: PathPredictor,
  { values, marks }: Windows,
  { horizon, count, key }: PathDraws & { readonly horizon: number },
): Generator<Tensor3D, void, void> {
  let known = values.clone();
  try {
    for (let done = 0; done < horizon; done += predictor.horizon) {
      const isFirst = done === 0;
      const [piece, slid] = tidy((): [Tensor3D, Tensor3D] => {
        const times = marks && (isFirst ? marks : repeatedWindows(marks, count));
        const end = values.shape[1] + done;
        const windows = markedWindow(predictor, known, { marks: times, end });
        const noise = stepNoise(predictor, values.shape, { count, key, done });
        const next = predictor.paths(windows, noise);
        const before = isFirst ? repeatedWindows(known, count) : known;
        return [next, slideWindow(predictor, before, next)];
      });
      known.dispose();
      known = slid;
      yield piece;
    }
  } finally {
    known.dispose();
  }
}

/**
 * Quantiles of paths at each step.
 *
 * @param paths  `[B · count, H, V]`; borrowed.
 * @returns `[B, H, V, levels]`; owned by the caller.
 */
export function pathQuantiles(paths: Tensor3D, count: number, levels: readonly number[]): Tensor4D {
  const [rows, horizon, variates] = paths.shape;
  return tidy(() => {
    const ofEach = reshape(paths, [rows / count, count, horizon, variates]) as Tensor4D;
    const samples = reshape(transpose(ofEach, [0, 2, 3, 1]), [-1, count]) as Tensor2D;
    const quantiles = sampleQuantiles(samples, levels);
    return reshape(quantiles, [rows / count, horizon, variates, levels.length]);
  });
}

/** Noise of the paths of one evaluation, `[B · count, horizon, V]`, for all windows the same. */
function stepNoise(
  { horizon }: Predictor,
  [batch, , variates]: readonly [number, number, number],
  { count, key, done }: PathDraws & { readonly done: number },
): Tensor3D {
  const own = foldIn(foldIn(key, done / horizon), purposes.headNoise);
  const noise = stratifiedNormals(own, horizon * variates, count);
  return tidy(() => {
    const ofOne = transpose(tensor3d(noise, [horizon, variates, count]), [2, 0, 1]);
    return tile(ofOne, [batch, 1, 1]);
  });
}
