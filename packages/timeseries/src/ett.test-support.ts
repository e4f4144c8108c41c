import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { type Benchmark, benchmark } from './data/benchmark.ts';
import { ettSplit } from './data/splits.ts';
import { readSeriesCsv } from './node/read-series.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Folder of the ETT sets; it need not exist. */
export const ettFolder: string = join(dataFolder(root), 'ett');

/** Whether the ETT sets are there. */
export const hasEtt: boolean = existsSync(ettFolder);

/** One of the hourly sets under its protocol. */
export async function openEtt(set: 'ETTh1' | 'ETTh2'): Promise<Benchmark> {
  return benchmark(await readSeriesCsv(join(ettFolder, `${set}.csv`)), ettSplit());
}

/** Values that another program measured in float64, errors as `[MSE, MAE]`. */
export interface EttReference {
  readonly scaler: Record<string, Record<'train_mean' | 'train_std_population', number[]>>;
  readonly windows: Record<string, Record<'train' | 'val' | 'test', number>>;
  readonly repeat_last_value: Record<string, Record<string, Record<string, [number, number]>>>;
  readonly least_squares_linear: { readonly results: Record<string, [number, number]> };
  readonly samples: {
    readonly windows: Record<string, Record<string, number[]>>;
    readonly time_features_hourly: Record<'row_0' | 'row_11520' | 'row_14399', number[]>;
  };
}

/** The values that the data set states; empty where it is absent. */
export const ettReference: EttReference = hasEtt
  ? JSON.parse(readFileSync(join(ettFolder, 'reference_baselines.json'), 'utf8'))
  : {
      scaler: {},
      windows: {},
      repeat_last_value: {},
      least_squares_linear: { results: {} },
      samples: { windows: {} },
    };

/** The wasm engine, in whose products a whole evaluation takes seconds. */
export async function startWasm(): Promise<void> {
  const file = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(file)}/`);
  await setBackend('wasm');
}
