import {
  type Tensor2D,
  type Tensor3D,
  add,
  matMul,
  reshape,
  slice,
  sub,
  tensor2d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Predictor } from '../recipes/forecast-recipe.ts';
import { type RowRange } from '../data/splits.ts';
import { type Table, type WindowSize, windowStarts } from '../data/windows.ts';
import { solveNormalEquations } from './solve-normal-equations.ts';
import { windowMoments } from './window-moments.ts';

/** Of the number of windows, what is added to the diagonal: keeps features that repeat each other from growing. */
const ridge = 1e-6;

/** A linear map of the look-back window to all steps of the horizon, less and plus the window's last value. */
export interface LeastSquaresMap extends WindowSize {
  /** `[lookBack + 1, horizon]`, the constant last. */
  readonly weights: Float64Array;
}

/**
 * The map of least squared error over all training windows of all variates, in closed form: the bar that needs no learning
 * (NLinear's form, Zeng et al. 2023, Are Transformers Effective for Time Series Forecasting).
 *
 * Sums over windows that overlap follow from each other, so its cost is that of a few passes over the rows.
 *
 * @param rows  Training rows.
 * @throws {DataError} TOO_SHORT if not one window fits.
 */
export function fitLeastSquares(table: Table, rows: RowRange, size: WindowSize): LeastSquaresMap {
  const { lookBack, horizon } = size;
  const starts = windowStarts(rows, size);
  const { products, sums, count } = windowMoments(table, starts, size);
  const length = lookBack + horizon;
  const last = lookBack - 1;
  const product = (i: number, j: number) =>
    i <= j ? products[i * length + j] : products[j * length + i];
  // Moments of values less the last one of their window.
  const centered = (i: number, j: number) =>
    product(i, j) - product(i, last) - product(last, j) + product(last, last);
  const features = lookBack + 1;
  const gram = new Float64Array(features * features);
  const moments = new Float64Array(features * horizon);
  for (let i = 0; i < lookBack; i += 1) {
    for (let j = 0; j <= i; j += 1) gram[i * features + j] = centered(i, j);
    for (let j = 0; j < horizon; j += 1) moments[i * horizon + j] = centered(i, lookBack + j);
  }
  for (let j = 0; j < lookBack; j += 1) gram[lookBack * features + j] = sums[j] - sums[last];
  for (let j = 0; j < horizon; j += 1) {
    moments[lookBack * horizon + j] = sums[lookBack + j] - sums[last];
  }
  gram[lookBack * features + lookBack] = count;
  for (let i = 0; i < features; i += 1) gram[i * features + i] += ridge * count;
  const weights = solveNormalEquations({ gram, moments, features, targets: horizon });
  return { lookBack, horizon, weights };
}

/** Forecasts by a fitted map; owns its weights until `dispose`. */
export function leastSquaresPredictor({
  lookBack,
  horizon,
  weights,
}: LeastSquaresMap): Predictor & { dispose(): void } {
  const weight = tensor2d(Float32Array.from(weights.subarray(0, lookBack * horizon)), [
    lookBack,
    horizon,
  ]);
  const bias = tensor2d(Float32Array.from(weights.subarray(lookBack * horizon)), [1, horizon]);
  return {
    lookBack,
    horizon,
    predict: ({ values }) =>
      tidy(() => {
        const [batch, , variates] = values.shape;
        const rows: Tensor2D = reshape(transpose(values, [0, 2, 1]), [-1, lookBack]);
        const last = slice(rows, [0, lookBack - 1], [-1, 1]);
        const ahead = add(add(matMul(sub(rows, last), weight), bias), last);
        return transpose<Tensor3D>(reshape(ahead, [batch, variates, horizon]), [0, 2, 1]);
      }),
    dispose: () => {
      weight.dispose();
      bias.dispose();
    },
  };
}
