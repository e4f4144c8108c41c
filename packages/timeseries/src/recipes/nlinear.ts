/**
 * NLinear (Zeng et al. 2023, Are Transformers Effective for Time Series Forecasting?).
 *
 * New in it: the last value of a window is subtracted before one linear map takes it to the horizon, and added back, so
 * that a level which has shifted since training does no harm.
 */
import { initLinear, linear, linearRules, parseOptions } from '@nextx/core';
import type { LinearParams } from '@nextx/core';
import { add, slice, sub } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { directForecaster } from './direct-forecaster.ts';
import type { ForecastRecipe } from './forecast-recipe.ts';

/** Sizes of the map. */
export interface NLinearOptions {
  /** @defaultValue 336 */
  readonly lookBack?: number;
  /** @defaultValue 96 */
  readonly horizon?: number;
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  lookBack: z._default(positive, 336),
  horizon: z._default(positive, 96),
}) satisfies z.ZodMiniType<Required<NLinearOptions>>;

/** Weights, shared by all variates. */
export type NLinearParams = {
  /** `[lookBack, horizon]` */
  map: LinearParams;
};

/** NLinear, channel-independent, for any number of variates. */
export const nLinearRecipe: ForecastRecipe<Required<NLinearOptions>, NLinearParams> = {
  name: 'nlinear',
  parse: (options) => parseOptions('nlinear', schema, options, 'CONFIG'),
  init: ({ lookBack, horizon }, initializer) =>
    fanInUniform(
      { map: initLinear({ inFeatures: lookBack, outFeatures: horizon }, initializer) },
      initializer,
    ),
  bind: ({ lookBack, horizon }, params) =>
    directForecaster({
      lookBack,
      horizon,
      params,
      forward: ({ values }) => {
        const rows = channelRows(values);
        const last = slice(rows, [0, lookBack - 1], [-1, 1]);
        return joinChannels(add(linear(params.map, sub(rows, last)), last), values.shape[2]);
      },
    }),
  importRules: () => linearRules('map', 'Linear'),
};
