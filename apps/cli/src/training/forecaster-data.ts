import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DataError, foldIn, parseOptions, trainingKey } from '@nextx/core';
import {
  mixedWindowSet,
  seriesLength,
  seriesSource,
  syntheticSource,
  variateValues,
} from '@nextx/timeseries';
import type {
  Series,
  SyntheticKind,
  Windows,
  WindowSet,
  WindowSize,
  WindowSource,
} from '@nextx/timeseries';
import { readM4Csv, readSeries } from '@nextx/timeseries/node';
import { tensor3d } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { TrainingBasis } from './training-basis.ts';

/** Where the windows of a forecaster's training come from, as a config states it. */
export interface ForecasterData {
  readonly sources: readonly SourceOptions[];
  /** Windows that the training may draw; each is drawn once before one is drawn again. @defaultValue 10,000,000 */
  readonly windows: number;
  /** Share of the windows that are sums of two. @defaultValue 0.2 */
  readonly blendShare: number;
  /** Share of the windows whose past is cut to a random length. @defaultValue 0.3 */
  readonly shortShare: number;
}

/** A file of series, or series that nobody observed. */
interface SourceOptions {
  readonly weight: number;
  /** Under the data folder. */
  readonly file?: string;
  /** Of the file: a table whose columns are variates, or a series a row, as M4 has them. @defaultValue table */
  readonly layout?: 'table' | 'm4';
  /** Columns of a table that hold its times. @defaultValue found by themselves */
  readonly time?: readonly string[];
  /** Columns of a table that are read. @defaultValue all but the times */
  readonly columns?: readonly string[];
  /** Rows of a table that are trained on, from and to before. @defaultValue all */
  readonly rows?: readonly [number, number];
  /** Rows of a table whose windows are held out. @defaultValue none */
  readonly heldOutRows?: readonly [number, number];
  /** Of a file with many series each such one is held out, and its last window measured. @defaultValue none */
  readonly heldOutEvery?: number;
  readonly strides?: readonly number[];
  readonly synthetic?: SyntheticKind;
}

const whole = z.int().check(z.positive());
const share = z.number().check(z.minimum(0), z.maximum(1));
const range = z.tuple([z.int().check(z.minimum(0)), whole]);

const source = z.strictObject({
  weight: z._default(z.number().check(z.positive()), 1),
  file: z.exactOptional(z.string()),
  layout: z.exactOptional(z.enum(['table', 'm4'])),
  time: z.exactOptional(z.array(z.string())),
  columns: z.exactOptional(z.array(z.string())),
  rows: z.exactOptional(range),
  heldOutRows: z.exactOptional(range),
  heldOutEvery: z.exactOptional(whole),
  strides: z.exactOptional(z.array(whole).check(z.minLength(1))),
  synthetic: z.exactOptional(z.enum(['sums', 'calendar', 'bursty'])),
}) satisfies z.ZodMiniType<SourceOptions>;

const schema = z.strictObject({
  sources: z.array(source).check(z.minLength(1)),
  windows: z._default(whole, 10_000_000),
  blendShare: z._default(share, 0.2),
  shortShare: z._default(share, 0.3),
}) satisfies z.ZodMiniType<ForecasterData>;

/** Windows to train on and to be judged by. */
export interface OpenForecasterData {
  readonly training: WindowSet;
  /** `[windows, lookBack + horizon]`; none where nothing is held out. */
  readonly heldOut: readonly Float32Array[];
  readonly basis: TrainingBasis;
}

/** What windows are cut to, and what their draw follows from. */
export interface ForecasterWindows extends WindowSize {
  readonly seed: bigint;
}

/**
 * Reads the sources of a training.
 *
 * @param data  Their folder.
 * @throws {OptionError} CONFIG naming each wrong or unknown key.
 * @throws what `readSeries` and `readM4Csv` throw.
 */
export async function openForecasterData(
  data: string,
  given: unknown,
  windows: ForecasterWindows,
): Promise<OpenForecasterData> {
  const options = parseOptions('train: data', schema, given, 'CONFIG');
  const hash = createHash('sha256').update(JSON.stringify(options));
  const length = windows.lookBack + windows.horizon;
  const sources: WindowSource[] = [];
  const heldOut: Float32Array[] = [];
  for (const one of options.sources) {
    if (one.file === undefined) {
      sources.push(syntheticSource(one.weight, one.synthetic));
      continue;
    }
    const all = await readSource(join(data, one.file), one);
    for (const { values } of all) hash.update(values);
    const { fitted, judged } = splitSource(all, one);
    heldOut.push(...judged.flatMap((series) => lastWindows(series, one, length)));
    const { weight, strides } = one;
    const { horizon } = windows;
    sources.push(seriesSource(fitted, { weight, horizon, ...(strides && { strides }) }));
  }
  const training = mixedWindowSet(sources, {
    ...windows,
    count: options.windows,
    blendShare: options.blendShare,
    shortShare: options.shortShare,
    key: foldIn(trainingKey(windows.seed, 'order'), 1),
  });
  const name = options.sources.map(nameOf).join(', ');
  return {
    training,
    heldOut,
    basis: { data: { name, count: options.windows, checksum: hash.digest('hex') } },
  };
}

/** Some held-out windows as tensors, `[B, length, 1]`. */
export function windowBatch(windows: readonly Float32Array[]): Windows {
  const length = windows[0].length;
  const all = new Float32Array(windows.length * length);
  windows.forEach((window, index) => all.set(window, index * length));
  return { values: tensor3d(all, [windows.length, length, 1]) };
}

/** Of a table the missing rows are there, without values. */
async function readSource(
  path: string,
  { layout, time, columns }: SourceOptions,
): Promise<Series[]> {
  if (layout === 'm4') return readM4Csv(path);
  const options = { gaps: 'fill', ...(time && { time }), ...(columns && { columns }) } as const;
  return [await readSeries(path, options)];
}

function splitSource(
  all: readonly Series[],
  { rows, heldOutRows, heldOutEvery }: SourceOptions,
): { readonly fitted: readonly Series[]; readonly judged: readonly Series[] } {
  if (heldOutEvery !== undefined) {
    return {
      fitted: all.filter((_, index) => index % heldOutEvery !== 0),
      judged: all.filter((_, index) => index % heldOutEvery === 0),
    };
  }
  const cut = (series: Series, [from, to]: readonly [number, number]): Series => {
    const width = series.variates.length;
    if (to > seriesLength(series) || from >= to) {
      throw new DataError(
        `train: rows ${from} to ${to} must be in the table, it has ${seriesLength(series)}. Correct the config.`,
        'TOO_SHORT',
      );
    }
    return { values: series.values.subarray(from * width, to * width), variates: series.variates };
  };
  return {
    fitted: rows === undefined ? all : all.map((series) => cut(series, rows)),
    judged: heldOutRows === undefined ? [] : all.map((series) => cut(series, heldOutRows)),
  };
}

/** Held-out windows of a table that each variate gives at most. */
const windowsOfVariate = 8;

/** The last windows of every variate, one behind another; of a series too short the beginning is missing. */
function lastWindows(
  series: Series,
  { heldOutEvery }: SourceOptions,
  length: number,
): Float32Array[] {
  const rows = seriesLength(series);
  const most = heldOutEvery === undefined ? windowsOfVariate : 1;
  const count = Math.max(1, Math.min(most, Math.floor(rows / length)));
  return series.variates.flatMap((_, variate) => {
    const values = variateValues(series, variate);
    return Array.from({ length: count }, (__, index) => {
      const end = rows - index * length;
      return Float32Array.from({ length }, (___, at) => values[end - length + at] ?? NaN);
    });
  });
}

function nameOf({ file, synthetic = 'sums' }: SourceOptions): string {
  return file ?? `synthetic ${synthetic}`;
}
