import { NextxError } from '@nextx/core';
import {
  type BacktestReport,
  type Series,
  backtest,
  baselines,
  crpsLevels,
  forecast,
  seriesLength,
} from '@nextx/timeseries';
import type { Arguments } from '../terminal/command.ts';
import { isOn, numberOption } from '../terminal/option-values.ts';
import type { World } from '../terminal/world.ts';
import { horizonOption, levelsOption, modelOption, seasonOf } from './forecast-from-arguments.ts';
import { type OpenForecastModel, openForecastModel } from './open-forecast-model.ts';
import { contextOption, readSeriesArguments } from './series-arguments.ts';
import { slowProgress } from './slow-progress.ts';

/** `nextx backtest`, after its words are checked: the model, and beside it every baseline that the series is long enough for. */
export async function backtestFromArguments(args: Arguments, world: World): Promise<void> {
  const horizon = horizonOption(args);
  const whole = { least: 1, isWhole: true };
  const origins = numberOption(args, 'origins', whole) ?? 10;
  const stride = numberOption(args, 'stride', whole) ?? horizon;
  const context = contextOption(args);
  const asked = levelsOption(args);
  // Intervals that a distribution is scored by; of points alone none are asked for, which short series may lack.
  const levels = asked.length === 0 ? [] : [...asked, ...crpsLevels];
  const settings: Settings = { horizon, origins, stride, levels, context };
  const leastRows = (context ?? 0) + horizon + (origins - 1) * stride;
  const series = await readSeriesArguments(args, world, leastRows);
  const season = seasonOf(args, series);
  const first = seriesLength(series) - horizon - (origins - 1) * stride;
  const wanted = await modelOption(args, Math.min(first, context ?? Infinity), season);
  const opened = await openForecastModel(wanted, season, { args, world });
  const rows: Row[] = [];
  try {
    rows.push({
      name: opened.name,
      report: await measure(series, opened, { ...settings, season, world }),
    });
  } finally {
    opened.dispose();
  }
  for (const [name, make] of Object.entries(baselines)) {
    if (name === opened.name || (season === 1 && name !== 'naive' && name !== 'ar')) continue;
    try {
      const baseline = { name, model: make(season) };
      rows.push({ name, report: await measure(series, baseline, { ...settings, season, world }) });
    } catch (error) {
      if (!(error instanceof NextxError) || error.code !== 'TOO_SHORT') throw error;
      world.err(`${name} is left out: ${error.message}\n`);
    }
  }
  world.out(isOn(args, 'json') ? jsonLines(rows) : table(rows, asked));
}

interface Settings {
  readonly horizon: number;
  readonly origins: number;
  readonly stride: number;
  readonly levels: readonly number[];
  readonly context: number | undefined;
}

interface Row {
  readonly name: string;
  readonly report: BacktestReport;
}

async function measure(
  series: Series,
  { name, model }: Pick<OpenForecastModel, 'name' | 'model'>,
  settings: Settings & { readonly season: number; readonly world: World },
): Promise<BacktestReport> {
  const { horizon, origins, stride, season, levels, context, world } = settings;
  const progress = slowProgress(world);
  let done = 0;
  try {
    return await backtest(series, { horizon, origins, stride, season }, async (past) => {
      const made = await forecast(past, {
        horizon,
        levels,
        model,
        signal: world.signal,
        ...(context !== undefined && { context }),
      });
      done += 1;
      progress.report({ label: name, done, total: origins, unit: 'forecasts' });
      return made;
    });
  } finally {
    progress.end();
  }
}

function jsonLines(rows: readonly Row[]): string {
  return rows
    .map(({ name, report }) => `${JSON.stringify({ event: 'backtest', model: name, ...report })}\n`)
    .join('');
}

/** Figures with four digits, in columns. */
function table(rows: readonly Row[], asked: readonly number[]): string {
  const { levels, origins, steps } = rows[0].report;
  const shown = levels.filter((level) => asked.includes(level));
  const covered = shown.map((level) => `in ${level} %`);
  const head = ['model', 'MAE', 'MSE', 'sMAPE %', 'MASE', 'CRPS', ...covered];
  const cells = rows.map(({ name, report }) => [
    name,
    ...[report.mae, report.mse, report.smape, report.mase, report.crps].map(figure),
    ...shown.map((level) => `${(100 * report.coverage[levels.indexOf(level)]).toFixed(1)} %`),
  ]);
  const lines = [head, ...cells];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  '),
  );
  return `${origins} forecasts of ${steps.length} steps\n${text.join('\n')}\n`;
}

function figure(value: number | undefined): string {
  return value === undefined ? '-' : String(Number(value.toPrecision(4)));
}
