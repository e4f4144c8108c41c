import { DataError, OptionError, ShapeError } from '@nextx/core';
import { pastOrigins, quantilesOfErrors } from '../baselines/error-quantiles.ts';
import { calendarMarks } from '../data/benchmark.ts';
import type { Table } from '../data/windows.ts';
import type { Predictor } from '../recipes/forecast-recipe.ts';
import { rolledLength } from '../roll-forecast.ts';
import { type Series, seriesLength } from '../series.ts';
import { type PredictionOrigin, predictWindows } from './predict-windows.ts';
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
  readonly signal?: AbortSignal;
}

/** Past forecasts of a series whose errors are counted, where a predictor has no quantiles of its own. */
const maxOrigins = 64;

/**
 * Forecasts of several series by a network, evaluated together. Quantiles are its own, or where it has none its points plus
 * those of its errors in the past of each series.
 *
 * @throws {DataError} TOO_SHORT if a series is shorter than the look-back, or shows no past forecast to count errors of.
 * @throws {ShapeError} if the network reads another number of variates.
 * @throws {OptionError} ARG if an interval is wider than the network's quantiles.
 */
export async function predictorForecasts(
  predictor: Predictor,
  inputs: readonly PredictorInput[],
  request: PredictorRequest,
): Promise<RawForecast[]> {
  inputs.forEach(({ series }) => assertFits(predictor, series));
  const forecasts: RawForecast[] = [];
  for (const group of sameWidth(inputs))
    forecasts.push(...(await forecastGroup(predictor, group, request)));
  return forecasts;
}

async function forecastGroup(
  predictor: Predictor,
  inputs: readonly PredictorInput[],
  { horizon, probabilities, signal }: PredictorRequest,
): Promise<RawForecast[]> {
  const options = { horizon, levels: 1, ...(signal && { signal }) };
  const origins = inputs.map((input) => originAt(predictor, input, horizon));
  if (probabilities.length === 0) {
    const points = await predictWindows(predictor, origins, options);
    return points.map((values) => ({ values }));
  }
  if (predictor.quantiles && predictor.levels) {
    const { levels } = predictor;
    assertCovered(levels, probabilities);
    const known = await predictWindows(predictor, origins, { ...options, levels: levels.length });
    return known.map((quantiles) => ({
      values: atProbabilities(quantiles, levels, [0.5]),
      quantiles: atProbabilities(quantiles, levels, probabilities),
    }));
  }
  const points = await predictWindows(predictor, origins, options);
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

/** Linear between the quantiles that are known. `[values, levels]` to `[values, probabilities]`. */
function atProbabilities(
  quantiles: Float64Array,
  levels: readonly number[],
  probabilities: readonly number[],
): Float64Array {
  const count = probabilities.length;
  const places = probabilities.map((probability) => {
    const above = Math.max(
      1,
      levels.findIndex((level) => level >= probability - 1e-9),
    );
    const share = (probability - levels[above - 1]) / (levels[above] - levels[above - 1]);
    return { above, share };
  });
  return Float64Array.from({ length: (quantiles.length / levels.length) * count }, (_, index) => {
    const { above, share } = places[index % count];
    const at = Math.floor(index / count) * levels.length + above;
    return quantiles[at - 1] + share * (quantiles[at] - quantiles[at - 1]);
  });
}

function assertCovered(levels: readonly number[], probabilities: readonly number[]): void {
  const least = levels[0];
  if (probabilities[0] < least - 1e-9) {
    throw new OptionError(
      `forecast: this model knows intervals up to ${Number((100 - 200 * least).toFixed(3))} %, wider ones were asked for. ` +
        'Ask for narrower levels.',
    );
  }
}

function assertFits(predictor: Predictor, series: Series): void {
  const { lookBack, variates } = predictor;
  if (variates !== undefined && variates !== series.variates.length) {
    throw new ShapeError(
      `forecast: this model reads ${variates} variates, the series has ${series.variates.length}. ` +
        'Choose as many columns, or another model.',
    );
  }
  if (seriesLength(series) < lookBack) {
    throw new DataError(
      `forecast: this model reads ${lookBack} rows of the past, there are ${seriesLength(series)}. ` +
        'Add rows or choose another model.',
      'TOO_SHORT',
    );
  }
}

/** Successive inputs with the same number of variates. */
function sameWidth(inputs: readonly PredictorInput[]): PredictorInput[][] {
  const groups: PredictorInput[][] = [];
  for (const input of inputs) {
    const last = groups.at(-1);
    if (last?.[0].series.variates.length === input.series.variates.length) last.push(input);
    else groups.push([input]);
  }
  return groups;
}
