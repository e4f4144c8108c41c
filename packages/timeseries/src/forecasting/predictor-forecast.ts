import { DataError, ShapeError } from '@nextx/core';
import { pastOrigins, quantilesOfErrors } from '../baselines/error-quantiles.ts';
import { calendarMarks } from '../data/benchmark.ts';
import type { Table } from '../data/windows.ts';
import type { Predictor } from '../recipes/forecast-recipe.ts';
import { rolledLength } from '../roll-forecast.ts';
import type { PathDraws } from '../roll-paths.ts';
import { type Series, seriesLength } from '../series.ts';
import { type ForecastProgress, type PredictionOrigin, predictWindows } from './predict-windows.ts';
import { quantilesAt } from './quantiles-at.ts';
import type { RawForecast } from './raw-forecast.ts';

/** A series to forecast, and its covariates in the order in which the predictor reads them. */
export interface PredictorInput {
  readonly series: Series;
  /** Each of `rows + horizon` values. */
  readonly covariates: readonly Float64Array[];
}

/** What to forecast. */
export interface PredictorRequest {
  readonly horizon: number;
  /** Of the quantiles, ascending, none for points alone. */
  readonly probabilities: readonly number[];
  /** Of a predictor that draws paths. */
  readonly draws?: PathDraws;
  readonly signal?: AbortSignal;
  /** Told after every evaluation of the forecasts themselves. */
  readonly onProgress?: (progress: ForecastProgress) => void;
}

/** Past forecasts of a series whose errors are counted, where a predictor has no quantiles of its own. */
const maxOrigins = 64;

/**
 * Forecasts of several series by a network, evaluated together. Quantiles are its own, or where it has none its points plus
 * those of its errors in the past of each series.
 *
 * @throws {DataError} TOO_SHORT if a series is shorter than the look-back, or shows no past forecast to count errors of.
 * @throws {ShapeError} if the network reads another number of variates.
 */
export async function predictorForecasts(
  predictor: Predictor,
  inputs: readonly PredictorInput[],
  { horizon, probabilities, draws, signal, onProgress }: PredictorRequest,
): Promise<RawForecast[]> {
  inputs.forEach(({ series }) => assertFits(predictor, series));
  const options = { horizon, levels: 1, ...(draws && { draws }), ...(signal && { signal }) };
  const reported = { ...options, ...(onProgress && { onProgress }) };
  const origins = inputs.map((input) => originAt(predictor, input, horizon));
  if (probabilities.length === 0) {
    const points = await predictWindows(predictor, origins, reported);
    return points.map((values) => ({ values }));
  }
  if ((predictor.quantiles ?? predictor.paths) && predictor.levels) {
    const { levels } = predictor;
    const known = await predictWindows(predictor, origins, { ...reported, levels: levels.length });
    return known.map((quantiles) => ({
      values: quantilesAt(quantiles, levels, [0.5]),
      quantiles: quantilesAt(quantiles, levels, probabilities),
    }));
  }
  const points = await predictWindows(predictor, origins, reported);
  const forecasts: RawForecast[] = [];
  for (const [index, values] of points.entries()) {
    const errors = await pastErrors(predictor, origins[index], options);
    forecasts.push({ values, quantiles: withErrors(values, errors, { horizon, probabilities }) });
  }
  return forecasts;
}

/** Of each past origin the errors `[steps, variates]`, as far as the past shows them. */
async function pastErrors(
  predictor: Predictor,
  origin: PredictionOrigin,
  options: { readonly horizon: number; readonly levels: number; readonly signal?: AbortSignal },
): Promise<Float64Array[]> {
  const { values, variates } = origin.series;
  if (origin.row <= predictor.lookBack) {
    throw new DataError(
      `forecast: intervals need ${predictor.lookBack + 1} rows or more, as this model has no quantiles of its own and its ` +
        `past errors stand for them; there are ${origin.row}. Add rows or ask for no levels.`,
      'TOO_SHORT',
    );
  }
  const rows = pastOrigins(origin.row, predictor.lookBack, maxOrigins);
  const origins = rows.map((row) => ({ ...origin, row }));
  const forecasts = await predictWindows(predictor, origins, options);
  return forecasts.map((forecast, index) => {
    const shown = values.subarray(rows[index] * variates.length);
    return forecast
      .subarray(0, Math.min(forecast.length, shown.length))
      .map((value, at) => shown[at] - value);
  });
}

function withErrors(
  values: Float64Array,
  errors: readonly Float64Array[],
  options: { readonly horizon: number; readonly probabilities: readonly number[] },
): Float64Array {
  const { horizon, probabilities } = options;
  const width = values.length / horizon;
  const count = probabilities.length;
  const quantiles = new Float64Array(values.length * count);
  for (let variate = 0; variate < width; variate += 1) {
    const own = errors.map((all) => all.filter((_, index) => index % width === variate));
    quantilesOfErrors(own, options).forEach((error, index) => {
      const at = Math.floor(index / count) * width + variate;
      quantiles[at * count + (index % count)] = values[at] + error;
    });
  }
  return quantiles;
}

function originAt(
  predictor: Predictor,
  { series, covariates }: PredictorInput,
  horizon: number,
): PredictionOrigin {
  const ahead = rolledLength(predictor, horizon);
  const calendar = calendarMarks(series, ahead);
  const row = seriesLength(series);
  if (covariates.length === 0) return calendar ? { series, row, marks: calendar } : { series, row };
  return { series, row, marks: withCovariates(calendar, covariates, row + ahead) };
}

/** The calendar and then the covariates; beyond the horizon, where forecasts are cut off, the last value stands. */
function withCovariates(
  calendar: Table | undefined,
  covariates: readonly Float64Array[],
  rows: number,
): Table {
  const before = calendar?.columns ?? 0;
  const columns = before + covariates.length;
  const values = Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    if (calendar && column < before) return calendar.values[row * before + column];
    const covariate = covariates[column - before];
    return covariate[Math.min(row, covariate.length - 1)];
  });
  return { values, columns };
}

function assertFits(predictor: Predictor, series: Series): void {
  const { lookBack, readsMissing = false, variates } = predictor;
  if (variates !== undefined && variates !== series.variates.length) {
    throw new ShapeError(
      `forecast: this model reads ${variates} variates, the series has ${series.variates.length}. ` +
        'Choose as many columns, or another model.',
    );
  }
  if (seriesLength(series) < lookBack && !readsMissing) {
    throw new DataError(
      `forecast: this model reads ${lookBack} rows of the past, there are ${seriesLength(series)}. ` +
        'Add rows or choose another model.',
      'TOO_SHORT',
    );
  }
}
