import { mkdir, realpath } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';
import {
  type Forecast,
  type Series,
  forecast,
  forecastTable,
  seasonLength,
  seriesCsv,
  seriesLength,
  seriesParquet,
} from '@nextx/timeseries';
import { chartPng } from '../charts/draw-chart.ts';
import { forecastChart } from '../charts/forecast-chart.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, numberOption, seedOption, textOption } from '../terminal/option-values.ts';
import { formatSeconds } from '../terminal/progress.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';
import { defaultForecastModel, openForecastModel } from './open-forecast-model.ts';
import {
  contextOption,
  listOption,
  readSeriesArguments,
  seasonOption,
} from './series-arguments.ts';
import { slowProgress } from './slow-progress.ts';

/** `nextx forecast`, after its words are checked. */
export async function forecastFromArguments(args: Arguments, world: World): Promise<void> {
  const started = performance.now();
  const horizon = horizonOption(args);
  const levels = levelsOption(args);
  const context = contextOption(args);
  const draws = drawOptions(args);
  const out = fileOption(args, 'out', ['.csv', '.parquet']) ?? 'forecast.csv';
  const plot = fileOption(args, 'plot', ['.svg', '.png']);
  await refuseInput(args, out);
  const series = await readSeriesArguments(args, world, 3 * horizon);
  const season = seasonOf(args, series);
  const rows = Math.min(seriesLength(series), context ?? Infinity);
  const wanted = await modelOption(args, rows, season);
  const opened = await openForecastModel(wanted, season, { args, world });
  const progress = slowProgress(world);
  try {
    const result = await forecast(series, {
      horizon,
      levels,
      model: opened.model,
      signal: world.signal,
      onProgress: (done) => progress.report({ label: opened.name, ...done, unit: 'evaluations' }),
      ...draws,
      ...(context !== undefined && { context }),
    });
    progress.end();
    const files = await writeFiles(series, result, { out, plot });
    const seconds = (performance.now() - started) / 1000;
    report({ name: opened.name, result, files, seconds }, args, world);
  } finally {
    progress.end();
    opened.dispose();
  }
}

/** `--horizon`. @throws {UsageError} unless it is a whole number from 1 to a million. */
export function horizonOption(args: Arguments): number {
  const horizon = numberOption(args, 'horizon', { least: 1, most: 1_000_000, isWhole: true });
  if (horizon === undefined) throw new UsageError('--horizon is missing. Write --horizon STEPS.');
  return horizon;
}

/** `--levels`, in percent. @throws {UsageError} unless they are numbers between 0 and 100. */
export function levelsOption(args: Arguments): number[] {
  return (listOption(args, 'levels') ?? []).map((text) => {
    const level = Number(text);
    if (!(level > 0 && level < 100)) {
      throw new UsageError(`--levels must be percents between 0 and 100, got "${text}".`);
    }
    return level;
  });
}

/** `--paths` and `--seed`, of a model that draws. @throws {UsageError} unless there are 1 to 10,000 paths. */
function drawOptions(args: Arguments): { readonly paths?: number; readonly seed?: bigint } {
  const paths = numberOption(args, 'paths', { least: 1, most: 10_000, isWhole: true });
  const seed = seedOption(args);
  return { ...(paths !== undefined && { paths }), ...(seed !== undefined && { seed }) };
}

/** `--model`, or what suits a series of so many rows and such a season. */
export async function modelOption(args: Arguments, rows: number, season: number): Promise<string> {
  return textOption(args, 'model') ?? defaultForecastModel(rows, season);
}

/** `--season`, or that of the series' frequency. */
export function seasonOf(args: Arguments, { frequency }: Series): number {
  return seasonOption(args) ?? (frequency ? seasonLength(frequency) : 1);
}

function fileOption(args: Arguments, name: string, endings: readonly string[]): string | undefined {
  const file = textOption(args, name);
  if (file !== undefined && !endings.includes(extname(file).toLowerCase())) {
    throw new UsageError(`--${name} must end in ${endings.join(' or ')}, got "${file}".`);
  }
  return file;
}

/** @throws {UsageError} if the forecast would be written over the series. */
async function refuseInput(args: Arguments, out: string): Promise<void> {
  const place = (file: string): Promise<string> => realpath(file).catch(() => resolve(file));
  if ((await place(out)) !== (await place(textOption(args, 'file') ?? ''))) return;
  throw new UsageError(`--out must not be the file that is forecast, got "${out}". Name another.`);
}

async function writeFiles(
  history: Series,
  result: Forecast,
  { out, plot }: { readonly out: string; readonly plot: string | undefined },
): Promise<string[]> {
  const encoder = new TextEncoder();
  const table = forecastTable(result);
  const isParquet = extname(out).toLowerCase() === '.parquet';
  await write(out, isParquet ? seriesParquet(table) : encoder.encode(seriesCsv(table)));
  if (plot === undefined) return [out];
  const svg = await forecastChart({ history, forecast: result });
  await write(
    plot,
    extname(plot).toLowerCase() === '.png' ? await chartPng(svg) : encoder.encode(svg),
  );
  return [out, plot];
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, bytes);
}

interface Outcome {
  readonly name: string;
  readonly result: Forecast;
  readonly files: readonly string[];
  readonly seconds: number;
}

function report({ name, result, files, seconds }: Outcome, args: Arguments, world: World): void {
  const { values, variates, intervals } = result;
  const steps = values.length / variates.length;
  const noun = variates.length === 1 ? 'variate' : 'variates';
  world.err(
    `${steps} steps of ${variates.length} ${noun} by ${name}, in ${formatSeconds(seconds)}\n`,
  );
  if (!isOn(args, 'json')) {
    for (const file of files) world.out(`${file}\n`);
    return;
  }
  const levels = intervals.map(({ level }) => level);
  const done = { event: 'done', files, model: name, horizon: steps, variates, levels, seconds };
  world.out(`${JSON.stringify(done)}\n`);
}
