/**
 * AR-Net (Triebe et al. 2019, AR-Net: A Simple Auto-Regressive Neural Network for Time-Series).
 *
 * New in it: the oldest autoregressive model, one linear map of the last p values, fitted by gradient descent, whose cost
 * grows with p where that of least squares grows with p²; and a penalty that finds the few lags that count, so that p
 * need not be known.
 * Different here: squared error as in the paper; the later code has Huber's, whose optimum is another.
 */
import { initLinear, linear, parseOptions } from '@nextx/core';
import type { Initializer, LinearParams } from '@nextx/core';
import { add, mul, slice, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { AutoRegression } from '../baselines/auto-regression.ts';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { penaltyForShare, sparsityPenalty } from '../layers/sparsity-penalty.ts';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { directForecaster } from './direct-forecaster.ts';
import type { ForecastRecipe, Forecaster } from './forecast-recipe.ts';

/** Order and sparsity of the process. */
export interface ArNetOptions {
  /** Lags, p. */
  readonly order: number;
  /** Steps ahead, each with coefficients of its own. @defaultValue 1 */
  readonly horizon?: number;
  /** Share of the lags that are expected to count, s; 1 penalizes none. @defaultValue 1 */
  readonly sparsity?: number;
  /** Steepness of the penalty, c₁. @defaultValue 3 */
  readonly steepness?: number;
  /** Root of the penalty, c₂. @defaultValue 3 */
  readonly root?: number;
}

type ParsedOptions = Required<ArNetOptions>;

const positive = z.int().check(z.positive());
const aboveZero = z.number().check(z.positive());

const schema = z.strictObject({
  order: positive,
  horizon: z._default(positive, 1),
  sparsity: z._default(z.number().check(z.positive(), z.maximum(1)), 1),
  steepness: z._default(aboveZero, 3),
  root: z._default(aboveZero, 3),
}) satisfies z.ZodMiniType<ArNetOptions>;

/** Weights: `[p, horizon]`, the oldest lag first, and `[horizon]`. */
export type ArNetParams = { map: LinearParams };

/** AR-Net, the same coefficients for every variate. */
export const arNetRecipe: ForecastRecipe<ArNetOptions, ArNetParams> = {
  name: 'ar-net',
  parse: parseArNetOptions,
  init: (options, initializer) => initArNet(parseArNetOptions(options), initializer),
  bind: bindArNet,
};

function parseArNetOptions(options: unknown): ParsedOptions {
  return parseOptions('ar-net', schema, options, 'CONFIG');
}

function initArNet({ order, horizon }: ParsedOptions, initializer: Initializer): ArNetParams {
  const map = initLinear({ inFeatures: order, outFeatures: horizon }, initializer);
  return { map: fanInUniform(map, initializer) };
}

function bindArNet(options: ArNetOptions, { map }: ArNetParams): Forecaster {
  const { order, horizon, sparsity, steepness, root } = parseArNetOptions(options);
  const penalty = penaltyForShare(sparsity);
  const forecaster = directForecaster({
    lookBack: order,
    horizon,
    params: { map },
    forward: ({ values }) => joinChannels(linear(map, channelRows(values)), values.shape[2]),
  });
  if (penalty === 0) return forecaster;
  return {
    ...forecaster,
    loss: (windows) =>
      tidy((): Scalar => {
        const sparse = sparsityPenalty(map.weight, { steepness, root });
        return add(forecaster.loss(windows), mul(sparse, penalty));
      }),
  };
}

/** The recurrence that weights say, of the next value where they give several. */
export async function autoRegressionOf({
  map: { weight, bias },
}: ArNetParams): Promise<AutoRegression> {
  const order = weight.shape[0];
  const next: Tensor2D = slice(weight, [0, 0], [order, 1]);
  try {
    const oldestFirst = await next.data<'float32'>();
    const constants = (await bias?.data<'float32'>()) ?? new Float32Array(1);
    return { coefficients: Float64Array.from(oldestFirst).reverse(), intercept: constants[0] };
  } finally {
    next.dispose();
  }
}

/** The weights with which the recipe forecasts by a recurrence; owned by the caller. */
export function arNetParams({ coefficients, intercept }: AutoRegression): ArNetParams {
  const oldestFirst = Float32Array.from(coefficients).reverse();
  return {
    map: {
      weight: tensor2d(oldestFirst, [coefficients.length, 1]),
      bias: tensor1d([intercept]),
    },
  };
}
