import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError } from '@nextx/core';
import { baselines, m4Scores, m4Sets, zeroShotScores } from '@nextx/timeseries';
import type {
  M4Row,
  M4Set,
  Predictor,
  Series,
  SeriesTableOptions,
  ZeroShotRow,
} from '@nextx/timeseries';
import { readM4Csv, readSeries } from '@nextx/timeseries/node';

/** What a forecaster of any series is measured by. */
export interface ForecasterEvaluation {
  readonly model: string;
  /** Series that it never saw. */
  readonly zeroShot: readonly { readonly set: string; readonly rows: readonly ZeroShotRow[] }[];
  readonly m4: readonly { readonly set: M4Name; readonly rows: readonly M4Row[] }[];
}

/** A set of the M4 competition. */
export type M4Name = keyof typeof m4Sets;

/** What is measured. */
export interface MeasureOptions {
  readonly name: string;
  readonly model: Predictor;
  /** Models that were trained on one set of M4 alone. */
  readonly perSet: Readonly<Partial<Record<M4Name, Predictor>>>;
  readonly signal: AbortSignal;
  /** Told what comes next. */
  readonly onPart: (part: string) => void;
}

interface UnseenSet {
  readonly set: string;
  readonly file: string;
  readonly options: SeriesTableOptions;
  readonly season: number;
  readonly horizons: readonly number[];
}

/** None of them is among the sources of the shipped model. */
const unseenSets: readonly UnseenSet[] = [
  {
    set: 'bike_sharing (cnt)',
    file: 'bike_sharing_hourly.csv.gz',
    options: { time: ['dteday', 'hr'], dateOrder: 'day-first', columns: ['cnt'], gaps: 'fill' },
    season: 24,
    horizons: [24, 48],
  },
  {
    set: 'beijing_pm25 (pm2.5)',
    file: 'beijing_pm25_hourly.csv.gz',
    options: { time: ['year', 'month', 'day', 'hour'], columns: ['pm2.5'] },
    season: 24,
    horizons: [24, 48],
  },
  {
    set: 'exchange_rate',
    file: 'exchange_rate.csv.gz',
    options: { time: false, columns: ['0', '1', '2', '3', '4', '5', '6', 'OT'] },
    season: 1,
    horizons: [96],
  },
];

/**
 * Measures a forecaster on sets that it never saw, and on M4.
 *
 * @param data  Folder with `timeseries/multivariate` and `timeseries/m4`.
 * @throws {ResourceError} NOT_FOUND if it has none of them.
 */
export async function measureForecaster(
  data: string,
  options: MeasureOptions,
): Promise<ForecasterEvaluation> {
  const folder = join(data, 'timeseries');
  if (!existsSync(folder)) {
    throw new ResourceError(
      `${folder}: the data folder must hold timeseries/multivariate and timeseries/m4, there is none. Check --data.`,
      'NOT_FOUND',
    );
  }
  const zeroShot = [];
  for (const one of unseenSets) {
    options.onPart(one.set);
    const series = await readSeries(join(folder, 'multivariate', one.file), one.options);
    zeroShot.push({ set: one.set, rows: await unseenRows(series, one, options) });
  }
  const m4 = [];
  for (const set of ['Hourly', 'Weekly'] as const) {
    options.onPart(`M4 ${set}`);
    m4.push({ set, rows: await m4Rows(join(folder, 'm4'), set, options) });
  }
  return { model: options.name, zeroShot, m4 };
}

async function unseenRows(
  series: Series,
  { season, horizons }: UnseenSet,
  { name, model, signal }: MeasureOptions,
): Promise<ZeroShotRow[]> {
  const rows: ZeroShotRow[] = [];
  for (const horizon of horizons) {
    signal.throwIfAborted();
    rows.push(...(await zeroShotScores(series, { horizon, season, name, model, signal })));
  }
  return rows;
}

/** Lags of the autoregression of each set: a week of hours, a quarter of weeks. */
const orders: Readonly<Record<M4Name, number>> = { Hourly: 168, Weekly: 12 };

async function m4Rows(
  folder: string,
  name: M4Name,
  options: MeasureOptions,
): Promise<readonly M4Row[]> {
  const { horizon, season } = m4Sets[name];
  const histories = await readM4Csv(join(folder, `${name}-train.csv.gz`));
  const tests = await readM4Csv(join(folder, `${name}-test.csv.gz`));
  const set: M4Set = { histories, actuals: tests.map(({ values }) => values), horizon, season };
  const perSet = options.perSet[name];
  const methods = [
    { method: options.name, model: options.model },
    ...(perSet ? [{ method: `patch forecaster trained on ${name}`, model: perSet }] : []),
    ...(season > 1
      ? [{ method: 'seasonal naive', model: baselines['seasonal-naive'](season) }]
      : []),
    { method: `AR(${orders[name] + 1})`, model: baselines['ar'](orders[name]) },
  ];
  const rows: M4Row[] = [];
  for (const method of methods) {
    options.signal.throwIfAborted();
    rows.push(await m4Scores(set, method));
  }
  return rows;
}
