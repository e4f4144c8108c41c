import { stat } from 'node:fs/promises';
import { ResourceError } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { type Baseline, type ForecastModel, baselines, loadForecastModel } from '@nextx/timeseries';
import { shippedForecastModels } from '@nextx/timeseries/node';
import { startEngine } from '../start-engine.ts';
import type { Arguments } from '../terminal/command.ts';
import { nearestName } from '../terminal/nearest-name.ts';
import type { World } from '../terminal/world.ts';

/** What forecasts, by the name that a person gave it. */
export interface OpenForecastModel {
  readonly name: string;
  readonly model: Baseline | ForecastModel;
  /** Frees what the model holds. */
  dispose(): void;
}

/** Rows that a series must have for the shipped network to forecast it where nothing is asked for: two of its patches. */
const leastRows = 48;

/**
 * What forecasts a series of so many rows where no model is named: the shipped network, or for short ones the last season, or
 * the last value where there is no season yet.
 */
export async function defaultForecastModel(rows: number, season: number): Promise<string> {
  const shipped = await shippedForecastModels();
  if (rows >= leastRows && shipped.length > 0) return shipped[0].name;
  return rows > season ? 'seasonal-naive' : 'naive';
}

/**
 * The model that a person means: a baseline by its name, the folder of a network or the name of a shipped one, for which the
 * engine is started.
 *
 * @param season  For baselines.
 * @throws {ResourceError} NOT_FOUND naming what there is.
 * @throws what `loadForecastModel` and `startEngine` throw.
 */
export async function openForecastModel(
  wanted: string,
  season: number,
  { args, world }: { readonly args: Arguments; readonly world: World },
): Promise<OpenForecastModel> {
  if (Object.hasOwn(baselines, wanted)) {
    return { name: wanted, model: baselines[wanted](season), dispose: () => undefined };
  }
  const folder = await findForecastModel(wanted);
  await startEngine(args, world);
  const model = await loadForecastModel(folderFiles(folder));
  return { name: wanted, model, dispose: () => model.dispose() };
}

/**
 * The folder of a network: its path, or that of a shipped one by its name.
 *
 * @throws {ResourceError} NOT_FOUND naming what there is.
 */
export async function findForecastModel(wanted: string): Promise<string> {
  const isFolder = await stat(wanted).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return wanted;
  const shipped = await shippedForecastModels();
  const found = shipped.find(({ name }) => name === wanted);
  if (found) return found.folder;
  const names = [...Object.keys(baselines), ...shipped.map(({ name }) => name)];
  const near = nearestName(wanted, names);
  throw new ResourceError(
    `--model: must be the folder of a forecasting model or one of ${names.join(', ')}, got "${wanted}". ` +
      (near === undefined ? 'Check the path.' : `Did you mean ${near}?`),
    'NOT_FOUND',
  );
}
