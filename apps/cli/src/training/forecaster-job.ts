import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { disposeParams, initializer, OptionError, parseSeed, trainingKey } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { forecastTrainee, loadForecastModel, patchForecasterRecipe } from '@nextx/timeseries';
import type { Forecaster } from '@nextx/timeseries';
import { dispose } from '@tensorflow/tfjs-core';
import { configDifferences } from './config-differences.ts';
import { openForecasterData, windowBatch } from './forecaster-data.ts';
import type { TrainingJob, TrainingRequest } from './training-job.ts';

/**
 * A forecaster of any series, from windows of many.
 *
 * @throws {OptionError} CONFIG without `data` in the config, or where the options are not those of the model to go on from.
 * @throws what `openForecasterData` and `loadForecastModel` throw.
 */
export async function forecasterJob(request: TrainingRequest): Promise<TrainingJob> {
  const { sources, start } = request;
  if (sources === undefined) {
    throw new OptionError(
      'train: a forecaster needs a config that says what it learns from, none was given. Pass --config with "data".',
      'CONFIG',
    );
  }
  const seed = parseSeed(request.training.seed);
  const { options, params, checksum } = await startingWeights(request, seed);
  const { lookBack, horizon } = options;
  const data = await openForecasterData(request.data, sources, { lookBack, horizon, seed });
  // Weights of the same form as `params`.
  const bind = (weights: ParamTree): Forecaster =>
    patchForecasterRecipe.bind(options, weights as typeof params);
  const { training, heldOut, basis } = data;
  return {
    trainee: {
      ...forecastTrainee({ bind, params, training }),
      ...(heldOut.length > 0 && { validate: (weights) => heldOutLoss(bind(weights), heldOut) }),
    },
    config: { recipe: patchForecasterRecipe.name, version: 1, options },
    prefix: '',
    fixed: new Map(),
    noun: 'windows',
    sources,
    ...(start === undefined
      ? { basis }
      : {
          basis: { ...basis, start: checksum },
          startCard: await readFile(join(start, 'README.md'), 'utf8'),
        }),
    dispose: () => disposeParams(params),
  };
}

type Recipe = typeof patchForecasterRecipe;

interface StartingWeights {
  readonly options: ReturnType<Recipe['parse']>;
  /** Owned by the caller. */
  readonly params: ReturnType<Recipe['init']>;
  readonly checksum: string;
}

/** Drawn from the seed, or those of a model whose options the config repeats or leaves out. */
async function startingWeights(
  { options: given, start }: TrainingRequest,
  seed: bigint,
): Promise<StartingWeights> {
  if (start === undefined) {
    const options = patchForecasterRecipe.parse(given ?? {});
    const params = patchForecasterRecipe.init(options, initializer(trainingKey(seed, 'init')));
    return { options, params, checksum: '' };
  }
  const { config, params, checksum } = await loadForecastModel(folderFiles(start), {
    [patchForecasterRecipe.name]: () => Promise.resolve(patchForecasterRecipe),
  });
  const options = patchForecasterRecipe.parse(config.options);
  const wanted = patchForecasterRecipe.parse({ ...options, ...given });
  const differences = configDifferences(wanted, options, 'options');
  if (differences.length > 0) {
    disposeParams(params);
    throw new OptionError(
      `train: the options must be those of ${start}, these differ: ${differences.join('; ')}. Leave them out.`,
      'CONFIG',
    );
  }
  // Loaded by the same recipe.
  return { options, params: params as StartingWeights['params'], checksum };
}

/** Windows that are judged together. */
const batchWindows = 64;

async function heldOutLoss(
  forecaster: Forecaster,
  windows: readonly Float32Array[],
): Promise<Readonly<Record<string, number>>> {
  let loss = 0;
  for (let first = 0; first < windows.length; first += batchWindows) {
    const some = windows.slice(first, first + batchWindows);
    const batch = windowBatch(some);
    const mean = forecaster.loss(batch);
    loss += ((await mean.data())[0] * some.length) / windows.length;
    dispose([batch.values, mean]);
  }
  return { loss };
}
