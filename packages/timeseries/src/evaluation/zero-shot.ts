import { DataError } from '@nextx/core';
import { autoRegression } from '../baselines/auto-regression.ts';
import type { Baseline } from '../baselines/baseline.ts';
import { naive, seasonalNaive } from '../baselines/naive.ts';
import { fillMissing } from '../fill-missing.ts';
import { predictWindows } from '../forecasting/predict-windows.ts';
import { quantilesAt } from '../forecasting/quantiles-at.ts';
import { crpsFromQuantiles } from '../metrics/quantile-loss.ts';
import type { Predictor } from '../recipes/forecast-recipe.ts';
import { type Series, seriesLength, variateValues } from '../series.ts';

/** How forecasts of a series that a model never saw are measured. */
export interface ZeroShotOptions {
  readonly horizon: number;
  /** Steps of a season: of the seasonal naive forecast and of the MASE's unit. */
  readonly season: number;
  /** What is measured, and the name of its row. Of one without quantiles the CRPS is the MAE. */
  readonly model: Predictor;
  readonly name: string;
  /** Share of the rows, the last ones, that are forecast. @defaultValue 0.2 */
  readonly share?: number;
  /** Rows from one forecast to the next. @defaultValue 7, so that every hour of the day is an origin */
  readonly stride?: number;
  readonly signal?: AbortSignal;
}

/** Errors of one way to forecast. */
export interface ZeroShotRow {
  readonly method: string;
  readonly horizon: number;
  /** Forecasts that were made, of every variate. */
  readonly forecasts: number;
  readonly mae: number;
  /** MAE in units of the seasonal naive error over the rows before those that are forecast, the mean over the variates. */
  readonly mase: number;
  /** In the units of the series, the mean over 19 quantiles at even distances; of a point forecast its MAE. */
  readonly crps: number;
  /** The share of values inside of the intervals of 80 and 95 percent; absent for point forecasts. */
  readonly coverage?: readonly [number, number];
}

/** Quantiles that the CRPS is computed from. */
const evenLevels = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);
const intervalLevels = [0.025, 0.1, 0.9, 0.975];

/**
 * Rolling forecasts of the last rows of a series by a model that was not trained on it, beside those of baselines that are fitted
 * to the rows before: seasonal naive, naive, an autoregression of a season and a step, one of a week of such seasons, and the first
 * one fitted anew to the same rows that the model reads. Values that are missing are not scored; the model is told of
 * them, and baselines read the last value before them instead.
 *
 * @returns The model first.
 * @throws {DataError} TOO_SHORT if the rows before are fewer than what the model reads.
 */
export async function zeroShotScores(
  series: Series,
  options: ZeroShotOptions,
): Promise<ZeroShotRow[]> {
  const places = placesOf(series, options);
  const model = await modelForecasts(series, places, options);
  const filled = fillMissing(series, 'previous');
  const rows = [scored(series, { ...places, ...options, method: options.name }, model)];
  for (const { method, forecast } of baselinesOf(options, places)) {
    const points = series.variates.map((_, variate) =>
      forecast(variateValues(filled, variate), places.origins),
    );
    rows.push(scored(series, { ...places, ...options, method }, { points }));
  }
  return rows;
}

/** Where forecasts start. */
interface Places {
  /** The first row that is forecast. */
  readonly first: number;
  readonly origins: readonly number[];
}

function placesOf(
  series: Series,
  { horizon, model, share = 0.2, stride = 7 }: ZeroShotOptions,
): Places {
  const rows = seriesLength(series);
  const first = Math.ceil((1 - share) * rows);
  const count = Math.floor((rows - horizon - first) / stride) + 1;
  if (first < model.lookBack || count < 1) {
    throw new DataError(
      `zeroShotScores: ${model.lookBack} rows must stand before those that are forecast and ${horizon} be among them, there are ` +
        `${first} and ${rows - first}. Add rows or shorten the horizon.`,
      'TOO_SHORT',
    );
  }
  return { first, origins: Array.from({ length: count }, (_, index) => first + index * stride) };
}

/** Forecasts by variate and origin. */
interface Forecasts {
  /** `[variates][origins]` of `[horizon]` */
  readonly points: readonly (readonly Float64Array[])[];
  /** `[variates][origins]` of `[horizon, levels]`, at `evenLevels` and at `intervalLevels`. */
  readonly even?: readonly (readonly Float64Array[])[];
  readonly bounds?: readonly (readonly Float64Array[])[];
}

async function modelForecasts(
  series: Series,
  { origins }: Places,
  { horizon, model, signal }: ZeroShotOptions,
): Promise<Forecasts> {
  const levels = model.quantiles ? model.levels : undefined;
  const starts = series.variates.flatMap((name, variate) => {
    const one: Series = { values: variateValues(series, variate), variates: [name] };
    return origins.map((row) => ({ series: one, row }));
  });
  const request = { horizon, levels: levels?.length ?? 1, ...(signal && { signal }) };
  const made = await predictWindows(model, starts, request);
  const byVariate = (change: (one: Float64Array) => Float64Array) =>
    series.variates.map((_, variate) =>
      made.slice(variate * origins.length, (variate + 1) * origins.length).map(change),
    );
  if (!levels) return { points: byVariate((one) => one) };
  const at = (probabilities: readonly number[]) =>
    byVariate((one) => quantilesAt(one, levels, probabilities));
  return { points: at([0.5]), even: at(evenLevels), bounds: at(intervalLevels) };
}

interface BaselineRow {
  readonly method: string;
  /** Forecasts of one variate from each origin. */
  readonly forecast: (values: Float64Array, origins: readonly number[]) => Float64Array[];
}

/** Seasons that the longer autoregression looks back: a week of days. */
const seasonsOfLongOrder = 7;

function baselinesOf(
  { horizon, season, model }: ZeroShotOptions,
  { first }: Places,
): readonly BaselineRow[] {
  const fitted = (method: string, baseline: Baseline): BaselineRow => ({
    method,
    forecast: (values, origins) => {
      const continuation = baseline.fit(values.subarray(0, first));
      return origins.map((row) => continuation.predict(values.subarray(0, row), horizon));
    },
  });
  const order = season > 1 ? season + 1 : 4;
  const longOrder = seasonsOfLongOrder * season + 1;
  return [
    ...(season > 1 ? [fitted('seasonal naive', seasonalNaive(season))] : []),
    fitted('naive', naive),
    fitted(`AR(${order})`, autoRegression(order)),
    ...(season > 1 ? [fitted(`AR(${longOrder})`, autoRegression(longOrder))] : []),
    {
      method: `AR(${order}) of ${model.lookBack} rows`,
      forecast: (values, origins) =>
        origins.map((row) => {
          const past = values.subarray(row - model.lookBack, row);
          return autoRegression(order).fit(past).predict(past, horizon);
        }),
    },
  ];
}

function scored(
  series: Series,
  {
    method,
    origins,
    first,
    horizon,
    season,
  }: Places & { readonly method: string; readonly horizon: number; readonly season: number },
  { points, even, bounds }: Forecasts,
): ZeroShotRow {
  const sums = { absolute: 0, crps: 0, count: 0, inside80: 0, inside95: 0 };
  const scaled = series.variates.map((_, variate) => {
    const values = variateValues(series, variate);
    const own = { absolute: 0, count: 0 };
    origins.forEach((row, place) => {
      for (let step = 0; step < horizon; step += 1) {
        const actual = values[row + step];
        if (Number.isNaN(actual)) continue;
        const error = Math.abs(actual - points[variate][place][step]);
        own.absolute += error;
        own.count += 1;
        const quantiles = even?.[variate][place].subarray(
          step * evenLevels.length,
          (step + 1) * evenLevels.length,
        );
        sums.crps += quantiles ? crpsFromQuantiles([actual], quantiles, evenLevels) : error;
        const bound = bounds?.[variate][place].subarray(4 * step, 4 * step + 4);
        if (!bound) continue;
        sums.inside95 += actual >= bound[0] && actual <= bound[3] ? 1 : 0;
        sums.inside80 += actual >= bound[1] && actual <= bound[2] ? 1 : 0;
      }
    });
    sums.absolute += own.absolute;
    sums.count += own.count;
    return own.absolute / own.count / knownSeasonalScale(values.subarray(0, first), season);
  });
  return {
    method,
    horizon,
    forecasts: origins.length * series.variates.length,
    mae: sums.absolute / sums.count,
    mase: scaled.reduce((sum, one) => sum + one / scaled.length, 0),
    crps: sums.crps / sums.count,
    ...(bounds && { coverage: [sums.inside80 / sums.count, sums.inside95 / sums.count] as const }),
  };
}

/** The mean absolute step from season to season, of the steps whose both values are known. */
function knownSeasonalScale(history: Float64Array, season: number): number {
  const steps = history
    .subarray(season)
    .map((value, row) => Math.abs(value - history[row]))
    .filter((step) => !Number.isNaN(step));
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}
