import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import {
  type Baseline,
  type Forecast,
  type Predictor,
  type Series,
  baselines,
  fillMissing,
  forecast,
  intervalCoverage,
  loadForecastModel,
  mae,
  seriesLength,
} from '@nextx/timeseries';
import { readSeries, shippedForecastModels } from '@nextx/timeseries/node';
import { chartPng } from '../charts/draw-chart.ts';
import { forecastChart } from '../charts/forecast-chart.ts';
import type { GallerySection } from './gallery-html.ts';

/** Five years of months. */
const horizon = 60;
const season = 12;
const levels = [80, 95];
const file = 'forecast.png';

/**
 * Forecasts the last five years of the CO2 over Mauna Loa from the years before, and draws what really came beside it. The series
 * is that of the npm package vega-datasets (Scripps CO2 Program, CC BY 4.0); five months without a value are filled in.
 *
 * @param out  Folder that takes the picture.
 */
export async function showForecast(
  out: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<GallerySection> {
  const started = performance.now();
  const path = fileURLToPath(
    new URL('../data/co2-concentration.csv', import.meta.resolve('vega-datasets')),
  );
  const series = fillMissing(await readSeries(path, { columns: ['CO2'], gaps: 'fill' }), 'linear');
  const { history, actual } = splitLast(series, horizon);
  const { name, model, dispose } = await openModel();
  try {
    const made = await forecast(history, { horizon, levels, model, signal });
    const svg = await forecastChart({ history, forecast: made, actual });
    await writeFileAtomic(join(out, file), await chartPng(svg));
    const seconds = (performance.now() - started) / 1000;
    return {
      name: 'A forecast',
      facts: `CO2 over Mauna Loa by ${name}; ${horizon} months from ${seriesLength(history)} in ${seconds.toFixed(1)} s`,
      sheets: [{ file, caption: captionOf(made, actual) }],
      command:
        `nextx backtest node_modules/vega-datasets/data/co2-concentration.csv --columns CO2 --gaps fill ` +
        `--missing linear --horizon ${horizon} --origins 1 --levels ${levels.join()} --model ${name}`,
    };
  } finally {
    dispose();
  }
}

function captionOf({ values, intervals }: Forecast, actual: Series): string {
  const error = mae(actual.values, values).toFixed(2);
  const covered = intervals.map(({ level, lower, upper }) => {
    const share = 100 * intervalCoverage(actual.values, { lower, upper });
    return `${share.toFixed(0)} % of the months in the band of ${level} %`;
  });
  return (
    'Grey: what was known. Blue: the forecast with its bands of 80 and 95 %. Orange: what came. ' +
    `Mean absolute error ${error} ppm; ${covered.join(', ')}.`
  );
}

interface OpenedModel {
  readonly name: string;
  readonly model: Baseline | Predictor;
  readonly dispose: () => void;
}

/** The shipped model, else an autoregression. */
async function openModel(): Promise<OpenedModel> {
  const [shipped] = await shippedForecastModels();
  if (shipped === undefined) {
    return { name: 'ar', model: baselines['ar'](season), dispose: () => {} };
  }
  const model = await loadForecastModel(folderFiles(shipped.folder));
  return { name: shipped.name, model, dispose: () => model.dispose() };
}

/** The last rows of a series of one variate, and those before them. */
function splitLast(series: Series, count: number): { history: Series; actual: Series } {
  const at = seriesLength(series) - count;
  const part = (from: number, to?: number): Series => ({
    ...series,
    values: series.values.slice(from, to),
    ...(series.timestamps && { timestamps: series.timestamps.slice(from, to) }),
  });
  return { history: part(0, at), actual: part(at) };
}
