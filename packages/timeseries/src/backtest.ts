import { DataError, parseOptions } from '@nextx/core';
import * as z from 'zod/mini';
import { assertComplete } from './fill-missing.ts';
import type { Forecast } from './forecast.ts';
import { probabilitiesOf } from './forecasting/forecast-request.ts';
import { seasonLength } from './frequency.ts';
import { crpsFromQuantiles } from './metrics/quantile-loss.ts';
import { intervalCoverage } from './metrics/interval-score.ts';
import { meanSeasonalStep } from './metrics/mase.ts';
import { mae, mse } from './metrics/mean-error.ts';
import { smape } from './metrics/smape.ts';
import { type Series, seriesLength, variateValues } from './series.ts';

/** Intervals, in percent, whose bounds are with the median the 19 quantiles that a CRPS is computed from. */
export const crpsLevels: readonly number[] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

/** Where forecasts start. */
export interface BacktestOptions {
  /** Steps ahead of each forecast. */
  readonly horizon: number;
  /** How many forecasts; the last one ends with the series. @defaultValue 10 */
  readonly origins?: number;
  /** Rows from one start to the next. @defaultValue the horizon */
  readonly stride?: number;
  /** Steps of a season, for the unit of the MASE. @defaultValue that of the series' frequency, or 1 */
  readonly season?: number;
}

/** Errors over all forecasts and variates. */
export interface BacktestScores {
  readonly mse: number;
  readonly mae: number;
  /** In percent. */
  readonly smape: number;
  /** From 19 quantiles at even distances; absent unless the forecasts have the intervals of `crpsLevels`. */
  readonly crps?: number;
  /** The share of values inside of their interval, of each level in its order. */
  readonly coverage: readonly number[];
}

/** How a way to forecast has done in the past. */
export interface BacktestReport extends BacktestScores {
  /** Forecasts that were made. */
  readonly origins: number;
  /** In units of the seasonal naive error before each forecast; absent where a past repeats itself exactly. */
  readonly mase?: number;
  /** Levels of the intervals, in percent. */
  readonly levels: readonly number[];
  /** Errors of each step ahead, the first one first. */
  readonly steps: readonly BacktestScores[];
}

const count = z.int().check(z.positive());
const schema = z.strictObject({
  horizon: count,
  origins: z._default(count, 10),
  stride: z.optional(count),
  season: z.optional(count),
});

/**
 * Forecasts a series from several of its own rows on, each time from the rows before alone, and compares with what came.
 *
 * @param makeForecast  From the rows before a start to its forecast, as long as `horizon`.
 * @throws {OptionError} ARG for an option out of range.
 * @throws {DataError} TOO_SHORT if the starts do not fit in the series; BAD_INPUT naming a missing value.
 */
export async function backtest(
  series: Series,
  options: BacktestOptions,
  makeForecast: (past: Series) => Forecast | Promise<Forecast>,
): Promise<BacktestReport> {
  const { horizon, origins, stride = horizon, season } = parseOptions('backtest', schema, options);
  const rows = seriesLength(series);
  const first = rows - horizon - (origins - 1) * stride;
  if (first < 1) {
    throw new DataError(
      `backtest: ${origins} forecasts of ${horizon} steps, ${stride} rows apart, need ${rows - first + 1} rows or more, ` +
        `there are ${rows}. Ask for fewer, or shorter ones.`,
      'TOO_SHORT',
    );
  }
  assertComplete('backtest', series);
  const forecasts: ScoredForecast[] = [];
  for (let origin = first; origin <= rows - horizon; origin += stride) {
    const past = firstRows(series, origin);
    const width = series.variates.length;
    const actual = series.values.subarray(origin * width, (origin + horizon) * width);
    forecasts.push({ past, actual, forecast: await makeForecast(past) });
  }
  return report(forecasts, { horizon, season: season ?? seasonOf(series) });
}

interface ScoredForecast {
  readonly past: Series;
  /** `[horizon, variates]` */
  readonly actual: Float64Array;
  readonly forecast: Forecast;
}

function report(
  forecasts: readonly ScoredForecast[],
  { horizon, season }: { readonly horizon: number; readonly season: number },
): BacktestReport {
  const width = forecasts[0].past.variates.length;
  const steps = Array.from({ length: horizon }, (_, step) =>
    scores(forecasts, step * width, (step + 1) * width),
  );
  const mase = meanScaledError(forecasts, season);
  return {
    origins: forecasts.length,
    ...scores(forecasts, 0, horizon * width),
    ...(mase !== undefined && { mase }),
    levels: forecasts[0].forecast.intervals.map(({ level }) => level),
    steps,
  };
}

/** Over values `begin` to before `end` of every forecast. */
function scores(forecasts: readonly ScoredForecast[], begin: number, end: number): BacktestScores {
  const all = (numbers: (one: ScoredForecast) => Float64Array) =>
    forecasts.flatMap((one) => [...numbers(one).subarray(begin, end)]);
  const actual = all((one) => one.actual);
  const median = all((one) => one.forecast.values);
  const intervals = forecasts[0].forecast.intervals.map(({ level }, index) => ({
    level,
    lower: all((one) => one.forecast.intervals[index].lower),
    upper: all((one) => one.forecast.intervals[index].upper),
  }));
  const crps = distributionScore(actual, median, intervals);
  return {
    mse: mse(actual, median),
    mae: mae(actual, median),
    smape: smape(actual, median),
    ...(crps !== undefined && { crps }),
    coverage: intervals.map((bounds) => intervalCoverage(actual, bounds)),
  };
}

/** The CRPS by the intervals of `crpsLevels` alone, so that it does not depend on which others there are. */
function distributionScore(
  actual: readonly number[],
  median: readonly number[],
  intervals: readonly {
    readonly level: number;
    readonly lower: readonly number[];
    readonly upper: readonly number[];
  }[],
): number | undefined {
  const even = intervals.filter(({ level }) => crpsLevels.includes(level));
  if (even.length < crpsLevels.length) return undefined;
  const columns = [
    ...even.map(({ lower }) => lower).toReversed(),
    median,
    ...even.map(({ upper }) => upper),
  ];
  const quantiles = actual.flatMap((_, index) => columns.map((column) => column[index]));
  return crpsFromQuantiles(
    actual,
    quantiles,
    probabilitiesOf(crpsLevels.map((level) => level / 100)),
  );
}

function meanScaledError(forecasts: readonly ScoredForecast[], season: number): number | undefined {
  const errors = forecasts.flatMap(({ past, actual, forecast }) =>
    past.variates.map((_, variate) => {
      const own = (values: Float64Array) =>
        variateValues({ values, variates: past.variates }, variate);
      const unit = meanSeasonalStep(own(past.values), season);
      return mae(own(actual), own(forecast.values)) / unit;
    }),
  );
  const mean = errors.reduce((sum, error) => sum + error / errors.length, 0);
  return Number.isFinite(mean) ? mean : undefined;
}

function seasonOf({ frequency }: Series): number {
  return frequency ? seasonLength(frequency) : 1;
}

function firstRows(series: Series, rows: number): Series {
  const { values, variates, timestamps } = series;
  return {
    ...series,
    values: values.subarray(0, rows * variates.length),
    ...(timestamps && { timestamps: timestamps.subarray(0, rows) }),
  };
}
