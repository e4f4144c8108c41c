/**
 * DLinear (Zeng et al. 2023, Are Transformers Effective for Time Series Forecasting?).
 *
 * New in it: how little is needed. A window is split into its moving average and the rest, and one linear map takes
 * each to the horizon. What any forecaster has to beat.
 */
import { initLinear, linear, linearRules, parseOptions } from '@nextx/core';
import type { ImportRule, Initializer, LinearParams } from '@nextx/core';
import { add, concat, reshape, split, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { fanInUniform } from '../layers/fan-in-uniform.ts';
import { movingAverage } from '../layers/moving-average.ts';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { directForecaster } from './direct-forecaster.ts';
import type { ForecastRecipe } from './forecast-recipe.ts';

/** Sizes of the maps. */
export interface DLinearOptions {
  /** @defaultValue 336 */
  readonly lookBack?: number;
  /** @defaultValue 96 */
  readonly horizon?: number;
  /** Values of the moving average, an odd number. @defaultValue 25 */
  readonly kernel?: number;
  /** Maps of its own for each of so many variates. @defaultValue none: all variates share one pair */
  readonly individualVariates?: number;
}

const positive = z.int().check(z.positive());

const schema = z.strictObject({
  lookBack: z._default(positive, 336),
  horizon: z._default(positive, 96),
  kernel: z._default(
    positive.check(z.refine((kernel) => kernel % 2 === 1, { error: 'expected an odd number' })),
    25,
  ),
  individualVariates: z.exactOptional(positive),
}) satisfies z.ZodMiniType<DLinearOptions>;

type ParsedOptions = Required<Omit<DLinearOptions, 'individualVariates'>> &
  Pick<DLinearOptions, 'individualVariates'>;

/** Weights: one pair of maps, or as many as variates. */
export type DLinearParams = {
  trend: LinearParams[];
  seasonal: LinearParams[];
};

/** DLinear, channel-independent: shared maps take any number of variates. */
export const dLinearRecipe: ForecastRecipe<DLinearOptions, DLinearParams> = {
  name: 'dlinear',
  parse: parseDLinearOptions,
  init: initDLinear,
  bind: (options, params) => {
    const { lookBack, horizon, kernel, individualVariates } = parseDLinearOptions(options);
    return directForecaster({
      lookBack,
      horizon,
      variates: individualVariates,
      params,
      forward: ({ values }) => {
        const rows = channelRows(values);
        const trend = movingAverage(rows, kernel);
        const variates = values.shape[2];
        const forecasts: Tensor2D = add(
          mapRows(params.trend, trend, variates),
          mapRows(params.seasonal, sub(rows, trend), variates),
        );
        return joinChannels(forecasts, variates);
      },
    });
  },
  importRules: (options, params) => dLinearRules(parseDLinearOptions(options), params),
};

function parseDLinearOptions(options: unknown): ParsedOptions {
  return parseOptions('dlinear', schema, options, 'CONFIG');
}

/** `[B · V, L]` to `[B · V, H]`, by one map or by that of each variate. */
function mapRows(maps: readonly LinearParams[], rows: Tensor2D, variates: number): Tensor2D {
  if (maps.length === 1) return linear(maps[0], rows);
  const [count, lookBack] = rows.shape;
  return tidy(() => {
    const windows: Tensor3D = reshape(rows, [count / variates, variates, lookBack]);
    const mapped = split(windows, variates, 1).map((one, variate) => linear(maps[variate], one));
    return reshape(concat(mapped, 1), [count, -1]) as Tensor2D;
  });
}

function initDLinear(options: DLinearOptions, initializer: Initializer): DLinearParams {
  const { lookBack, horizon, individualVariates = 1 } = parseDLinearOptions(options);
  const maps = () =>
    Array.from({ length: individualVariates }, () =>
      initLinear({ inFeatures: lookBack, outFeatures: horizon }, initializer),
    );
  return fanInUniform({ trend: maps(), seasonal: maps() }, initializer);
}

/** Official names. */
function dLinearRules(
  { individualVariates }: ParsedOptions,
  { trend }: DLinearParams,
): ImportRule[] {
  return trend.flatMap((_, variate) => {
    const suffix = individualVariates === undefined ? '' : `.${variate}`;
    return [
      ...linearRules(`trend.${variate}`, `Linear_Trend${suffix}`),
      ...linearRules(`seasonal.${variate}`, `Linear_Seasonal${suffix}`),
    ];
  });
}
