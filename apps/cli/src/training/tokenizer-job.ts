import { disposeParams, initializer, parseSeed, trainingKey } from '@nextx/core';
import { imageTokenizers, tokenizerTrainee } from '@nextx/image';
import { smallOptions } from './small-options.ts';
import { trainingBasis } from './training-basis.ts';
import { assertFits, openTrainingData } from './training-data.ts';
import type { JobContext, TrainingJob, TrainingRequest } from './training-job.ts';

/** Unused codes are restarted during this share of the steps. */
const restartShare = 0.7;

/** A tokenizer of pictures. */
export async function tokenizerJob(
  request: TrainingRequest,
  { world }: JobContext,
): Promise<TrainingJob> {
  const { training, data } = request;
  const recipe = await imageTokenizers[request.recipe]();
  const given = request.options === undefined ? undefined : recordOf(recipe.parse(request.options));
  const size = request.size ?? sideOf(given);
  const { dataset, heldOut } = await openTrainingData(data, size, world);
  const facts = { side: dataset.width, channels: dataset.channels, classes: 1 };
  const options = given ?? recordOf(recipe.parse(smallOptions(request.recipe, facts)));
  const params = recipe.init(options, initializer(trainingKey(parseSeed(training.seed), 'init')));
  try {
    assertFits(dataset, recipe.bind(options, params).sampleShape);
  } catch (error) {
    disposeParams(params);
    throw error;
  }
  return {
    trainee: tokenizerTrainee({
      bind: (weights) => recipe.bind(options, weights),
      params,
      dataset,
      heldOut,
      restartUntil: Math.floor(training.steps * restartShare),
    }),
    config: { recipe: request.recipe, version: 1, options },
    prefix: '',
    fixed: new Map(),
    basis: trainingBasis(dataset),
    dispose: () => disposeParams(params),
  };
}

/** Options as JSON has them. */
function recordOf(options: unknown): Record<string, unknown> {
  return { ...(options as Readonly<Record<string, unknown>>) }; // recipes parse to strict objects
}

function sideOf(options: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const side = options?.['imageSize'];
  return typeof side === 'number' ? side : undefined;
}
