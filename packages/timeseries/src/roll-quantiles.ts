import {
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  add,
  cast,
  clipByValue,
  concat,
  cumsum,
  div,
  gather,
  greater,
  maximum,
  minimum,
  mul,
  oneHot,
  reshape,
  slice,
  sub,
  sum,
  tensor1d,
  tidy,
  topk,
  transpose,
} from '@tensorflow/tfjs-core';
import { assertHorizon } from './assert-horizon.ts';
import type { Predictor, Windows } from './recipes/forecast-recipe.ts';
import { repeatedWindows } from './repeated-windows.ts';
import { markedWindow, slideWindow } from './roll-forecast.ts';

/** A predictor that has quantiles, 0.5 among their levels. */
export type QuantilePredictor = Predictor & Required<Pick<Predictor, 'quantiles' | 'levels'>>;

/**
 * Quantiles of a forecast of any length. Beyond one evaluation every quantile so far is a path to go on from, and the quantiles are
 * those of the mixture of what follows the paths, so that uncertainty grows (Chronos-Bolt, Ansari et al. 2024, does so); it
 * takes an evaluation of as many windows as there are levels. Memory beyond the result does not grow with the horizon.
 *
 * @param windows  As `rollForecast` takes them.
 * @returns `[B, horizon, V, levels]`; owned by the caller.
 * @throws {OptionError} unless the horizon is a whole number of at least 1.
 */
export function rollQuantiles(
  predictor: QuantilePredictor,
  windows: Windows,
  horizon: number,
): Tensor4D {
  assertHorizon('rollQuantiles', horizon);
  return tidy(() => {
    const pieces = [...rollQuantilePieces(predictor, windows, horizon)];
    return slice(concat(pieces, 1), [0, 0, 0, 0], [-1, horizon, -1, -1]);
  });
}

/** What every evaluation of `rollQuantiles` gives, also beyond the horizon; owned by the caller. */
export function* rollQuantilePieces(
  predictor: QuantilePredictor,
  { values, marks }: Windows,
  horizon: number,
): Generator<Tensor4D, void, void> {
  const { levels } = predictor;
  let paths = values.clone();
  try {
    for (let done = 0; done < horizon; done += predictor.horizon) {
      const isFirst = done === 0;
      const [piece, slid] = tidy((): [Tensor4D, Tensor3D] => {
        const times = marks && (isFirst ? marks : repeatedWindows(marks, levels.length));
        const end = values.shape[1] + done;
        const following = predictor.quantiles(
          markedWindow(predictor, paths, { marks: times, end }),
        );
        const quantiles = isFirst ? following : mixture(following, levels);
        const before = isFirst ? repeatedWindows(paths, levels.length) : paths;
        return [quantiles, slideWindow(predictor, before, asPaths(quantiles))];
      });
      paths.dispose();
      paths = slid;
      yield piece;
    }
  } finally {
    paths.dispose();
  }
}

/** `[B, H, V, levels]` quantiles to the windows `[B · levels, H, V]` of one level each. */
function asPaths(quantiles: Tensor4D): Tensor3D {
  const [batch, length, variates, levels] = quantiles.shape;
  return tidy(() =>
    reshape(transpose(quantiles, [0, 3, 1, 2]), [batch * levels, length, variates]),
  );
}

/**
 * The quantiles of what follows paths that stand for quantiles themselves.
 *
 * @param following  `[B · levels, H, V, levels]`
 * @returns `[B, H, V, levels]`
 */
function mixture(following: Tensor4D, levels: readonly number[]): Tensor4D {
  return tidy(() => {
    const [rows, length, variates, count] = following.shape;
    const batch = rows / count;
    const byPath: Tensor = reshape(following, [batch, count, length, variates, count]);
    const samples = reshape(transpose(byPath, [0, 2, 3, 1, 4]), [-1, count * count]);
    const masses = levelMasses(levels);
    const weights = tensor1d(masses.flatMap((path) => masses.map((own) => path * own)));
    const { values, indices } = topk(samples, count * count);
    const own = reshape(gather(weights, reshape(indices, [-1]) as Tensor1D), values.shape);
    // Of each sample, the largest first, what lies below its middle.
    const below = sub(1, sub(cumsum(own, 1), mul(own, 0.5)));
    const found = levels.map((level) => quantileOf({ values, below }, level));
    return reshape(concat(found, 1), [batch, length, variates, count]);
  });
}

/** The quantile of samples in descending order, `[rows, 1]`: linear between them, the outermost beyond them. */
function quantileOf(
  { values, below }: { readonly values: Tensor; readonly below: Tensor },
  level: number,
): Tensor {
  const last = values.shape[1] ?? 1;
  const larger = sum(cast(greater(below, level), 'float32'), 1);
  const at = (numbers: Tensor, place: Tensor): Tensor =>
    sum(mul(cast(oneHot(cast(place, 'int32'), last), 'float32'), numbers), 1, true);
  const [lower, upper] = [minimum(larger, last - 1), maximum(sub(larger, 1), 0)];
  const [low, high] = [at(below, lower), at(below, upper)];
  const share = clipByValue(div(sub(level, low), maximum(sub(high, low), tiny)), 0, 1);
  const [from, to] = [at(values, lower), at(values, upper)];
  return add(from, mul(share, sub(to, from)));
}

/** Below every distance of two samples' probabilities. */
const tiny = 1e-9;

/** The probability that each level stands for: up to the middle between it and its neighbors. */
function levelMasses(levels: readonly number[]): number[] {
  return levels.map((level, index) => {
    const before = index === 0 ? 0 : (levels[index - 1] + level) / 2;
    const after = index === levels.length - 1 ? 1 : (level + levels[index + 1]) / 2;
    return after - before;
  });
}
