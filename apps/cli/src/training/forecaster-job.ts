import { disposeParams, initializer, OptionError, parseSeed, trainingKey } from '@nextx/core';
import type { ParamTree, Trainee } from '@nextx/core';
import { forecastTrainee, patchForecasterRecipe } from '@nextx/timeseries';
import type { Forecaster } from '@nextx/timeseries';
import { dispose } from '@tensorflow/tfjs-core';
import { openForecasterData, windowBatch } from './forecaster-data.ts';
import type { TrainingJob, TrainingRequest } from './training-job.ts';

/** A forecaster of any series, from windows of many. */
export async function forecasterJob(request: TrainingRequest): Promise<TrainingJob> {
  if (request.sources === undefined) {
    throw new OptionError(
      'train: a forecaster needs a config that says what it learns from, none was given. Pass --config with "data".',
      'CONFIG',
    );
  }
  const options = patchForecasterRecipe.parse(request.options ?? {});
  const { lookBack, horizon } = options;
  const seed = parseSeed(request.training.seed);
  const data = await openForecasterData(request.data, request.sources, { lookBack, horizon, seed });
  const params = patchForecasterRecipe.init(options, initializer(trainingKey(seed, 'init')));
  // Weights of the same form as `params`.
  const bind = (weights: ParamTree): Forecaster =>
    patchForecasterRecipe.bind(options, weights as typeof params);
  const { training, heldOut } = data;
  return {
    trainee: {
      ...forecastTrainee({ bind, params, training }),
      params,
      ...(heldOut.length > 0 && { validate: (weights) => heldOutLoss(bind(weights), heldOut) }),
    } satisfies Trainee,
    config: { recipe: patchForecasterRecipe.name, version: 1, options },
    prefix: '',
    fixed: new Map(),
    noun: 'windows',
    sources: request.sources,
    basis: data.basis,
    dispose: () => disposeParams(params),
  };
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
