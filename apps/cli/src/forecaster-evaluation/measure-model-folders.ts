import { basename, resolve } from 'node:path';
import { folderFiles } from '@nextx/core/node';
import { loadForecastModel } from '@nextx/timeseries';
import type { ForecastModel } from '@nextx/timeseries';
import { measureForecaster } from './measure-forecaster.ts';
import type { ForecasterEvaluation, M4Name, MeasureOptions } from './measure-forecaster.ts';

/** Where the models are. */
export interface MeasuredFolders extends Pick<MeasureOptions, 'signal' | 'onPart'> {
  /** The forecaster of any series. */
  readonly folder: string;
  /** Models that were trained on one set of M4 alone. */
  readonly perSet: Readonly<Partial<Record<M4Name, string>>>;
}

/**
 * Loads models, measures them and frees them; the engine is started already.
 *
 * @param data  Folder with `timeseries/multivariate` and `timeseries/m4`.
 * @throws what `loadForecastModel` and `measureForecaster` throw.
 */
export async function measureModelFolders(
  data: string,
  { folder, perSet, signal, onPart }: MeasuredFolders,
): Promise<ForecasterEvaluation> {
  const models: ForecastModel[] = [];
  const open = async (path: string): Promise<ForecastModel> => {
    const model = await loadForecastModel(folderFiles(path));
    models.push(model);
    return model;
  };
  try {
    const opened = {
      ...(perSet.Hourly !== undefined && { Hourly: await open(perSet.Hourly) }),
      ...(perSet.Weekly !== undefined && { Weekly: await open(perSet.Weekly) }),
    };
    const name = basename(resolve(folder));
    const model = await open(folder);
    return await measureForecaster(data, { name, model, perSet: opened, signal, onPart });
  } finally {
    for (const model of models) model.dispose();
  }
}

/** Folders of `--hourly` and `--weekly`. */
export function perSetFolders({
  hourly,
  weekly,
}: {
  readonly hourly: string | undefined;
  readonly weekly: string | undefined;
}): MeasuredFolders['perSet'] {
  return {
    ...(hourly !== undefined && { Hourly: hourly }),
    ...(weekly !== undefined && { Weekly: weekly }),
  };
}
