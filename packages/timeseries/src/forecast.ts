import { NumericError, turnOfEventLoop } from '@nextx/core';
import type { Baseline } from './baselines/baseline.ts';
import { seasonalNaive } from './baselines/naive.ts';
import { baselineForecast } from './forecasting/baseline-forecast.ts';
import {
  type Covariates,
  type ForecastRequest,
  orderedCovariates,
  parseForecastRequest,
  probabilitiesOf,
  recentPast,
} from './forecasting/forecast-request.ts';
import type { ForecastProgress } from './forecasting/predict-windows.ts';
import { predictorForecasts } from './forecasting/predictor-forecast.ts';
import type { RawForecast } from './forecasting/raw-forecast.ts';
import { continueTimestamps, seasonLength } from './frequency.ts';
import type { Predictor } from './recipes/forecast-recipe.ts';
import { type Series, seriesLength } from './series.ts';

/** What to forecast, and by what. */
export interface ForecastOptions {
  /** Steps ahead, 1 to 1,000,000; beyond what a model gives at once it is rolled. */
  readonly horizon: number;
  /**
   * A baseline or a network.
   * @defaultValue the last season repeated, or the last value where the frequency has no season or the series is shorter
   */
  readonly model?: Baseline | Predictor;
  /** Shares of intervals in percent, such as `[80, 95]`. @defaultValue none */
  readonly levels?: readonly number[];
  /** What is known of times beforehand, for models that read it: a value for each row of a series and each step ahead. */
  readonly covariates?: Covariates;
  /** Rows of the past that are read, the last ones. @defaultValue all */
  readonly context?: number;
  /** Paths that a model which draws them rolls for each series, 1 to 10,000; the forecast is their median. @defaultValue 100 */
  readonly paths?: number;
  /** Decides those paths: a whole number, or a bigint or decimal string up to 2^64 - 1. @defaultValue 0 */
  readonly seed?: number | bigint | string;
  /** Stops between evaluations. */
  readonly signal?: AbortSignal;
  /** Told after every evaluation of a network, and every series that a baseline has forecast. */
  readonly onProgress?: (progress: ForecastProgress) => void;
}

/** The values that follow a series: a series itself, with intervals. */
export interface Forecast extends Series {
  /** In the order of their levels, the narrowest first. */
  readonly intervals: readonly ForecastInterval[];
}

/** Bounds between which a value lies with some chance. */
export interface ForecastInterval {
  /** The chance in percent. */
  readonly level: number;
  /** `[time, variates]` */
  readonly lower: Float64Array;
  /** `[time, variates]` */
  readonly upper: Float64Array;
}

/**
 * Forecasts a series. A variate that is constant over what a model reads goes on as it is.
 *
 * @throws {OptionError} ARG for a horizon, level or context out of range, and for covariates that the model does not read.
 * @throws {DataError} TOO_SHORT if the model needs more rows; BAD_INPUT naming row and column of a missing value, which most
 * models do not read; EMPTY if a variate has none but missing ones.
 * @throws {ShapeError} if the model reads another number of variates.
 * @throws {NumericError} if the model gives a value that is no number.
 */
export async function forecast(series: Series, options: ForecastOptions): Promise<Forecast> {
  const [one] = await forecastAll([series], options);
  return one;
}

/**
 * Forecasts many series, of any lengths and times; a network evaluates up to 256 windows of them together.
 *
 * @throws what `forecast` throws, about the first series that is at fault.
 */
export async function forecastAll(
  all: readonly Series[],
  options: ForecastOptions,
): Promise<Forecast[]> {
  const request = parseForecastRequest(options);
  const { model } = options;
  const mayMiss = model !== undefined && 'predict' in model && model.readsMissing === true;
  const pasts = all.map((series) => recentPast(series, request, mayMiss));
  const raw = await rawForecasts(all, pasts, { ...options, request });
  return pasts.map((past, index) => finish(past, raw[index], request));
}

async function rawForecasts(
  all: readonly Series[],
  pasts: readonly Series[],
  options: ForecastOptions & { readonly request: ForecastRequest },
): Promise<RawForecast[]> {
  const { model, covariates = {}, signal, onProgress, request } = options;
  const { horizon, coverages, draws } = request;
  const probabilities = coverages.length === 0 ? [] : probabilitiesOf(coverages);
  if (model && 'predict' in model) {
    const known = model.covariates ?? [];
    const inputs = pasts.map((series, index) => {
      const size = { rows: seriesLength(all[index]), kept: seriesLength(series), horizon };
      return { series, covariates: orderedCovariates(covariates, known, size) };
    });
    const reporting = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const wanted = { horizon, probabilities, draws, ...reporting };
    return predictorForecasts(model, inputs, wanted);
  }
  const forecasts: RawForecast[] = [];
  for (const series of pasts) {
    await turnOfEventLoop();
    signal?.throwIfAborted();
    orderedCovariates(covariates, [], { rows: 0, kept: 0, horizon });
    const baseline = model ?? defaultBaseline(series);
    forecasts.push(baselineForecast(baseline, series, { horizon, probabilities }));
    onProgress?.({ done: forecasts.length, total: pasts.length });
  }
  return forecasts;
}

function defaultBaseline(series: Series): Baseline {
  const season = series.frequency ? seasonLength(series.frequency) : 1;
  return seasonalNaive(seriesLength(series) > season ? season : 1);
}

function finish(
  past: Series,
  { values, quantiles }: RawForecast,
  request: ForecastRequest,
): Forecast {
  const { coverages, horizon } = request;
  assertFinite(past, values);
  const count = 2 * coverages.length + 1;
  const bound = (place: number) =>
    values.map((_, index) => quantiles?.[index * count + place] ?? NaN);
  const intervals = coverages.map((coverage, index) => ({
    level: Number((100 * coverage).toFixed(6)),
    lower: bound(coverages.length - 1 - index),
    upper: bound(coverages.length + 1 + index),
  }));
  for (const { lower, upper } of intervals) {
    assertFinite(past, lower);
    assertFinite(past, upper);
  }
  const { variates, timestamps, frequency } = past;
  if (!timestamps || !frequency) return { values, variates, intervals };
  return {
    values,
    variates,
    timestamps: continueTimestamps(timestamps, frequency, horizon),
    frequency,
    intervals,
  };
}

function assertFinite({ variates }: Series, values: Float64Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index === -1) return;
  throw new NumericError(
    `forecast: step ${Math.floor(index / variates.length) + 1} of "${variates[index % variates.length]}" is ${values[index]}. ` +
      'The model does not fit this series: choose another, or a shorter horizon.',
  );
}
