import { disposeParams, initializer, OptionError, parseSeed, trainingKey } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { imageRecipes, loadImageTokenizer, sequenceTrainee } from '@nextx/image';
import { UsageError } from '../terminal/usage-error.ts';
import { encodedIds } from './encoded-ids.ts';
import { hostParams } from './host-params.ts';
import { smallOptions } from './small-options.ts';
import { trainingBasis } from './training-basis.ts';
import { assertFits, openTrainingData } from './training-data.ts';
import type { JobContext, TrainingJob, TrainingRequest } from './training-job.ts';

/** A sequence model over a trained tokenizer. */
export async function sequenceJob(
  request: TrainingRequest,
  context: JobContext,
): Promise<TrainingJob> {
  const { training, data, trainingFolder } = request;
  const recipe = await imageRecipes[request.recipe]();
  if (request.tokenizer === undefined) {
    throw new UsageError(
      `train ${request.recipe}: --tokenizer is missing. Train one with "nextx train ${recipe.tokenizer} --data ${data} --out DIR", then pass its folder.`,
    );
  }
  const files = folderFiles(request.tokenizer);
  const tokenizer = await loadImageTokenizer(files);
  try {
    assertTokenizer(request.tokenizer, tokenizer.recipe, recipe.tokenizer);
    const [side] = tokenizer.sampleShape;
    const { dataset, heldOut } = await openTrainingData(data, request.size ?? side, context.world);
    assertFits(dataset, tokenizer.sampleShape);
    const { labelNames } = dataset;
    const facts = { side, channels: dataset.channels, classes: labelNames.length };
    const chosen = request.options ?? smallOptions(request.recipe, facts);
    const options = { classes: labelNames.length, ...chosen };
    const complete = recipe.parse(options);
    assertClasses(recipe.classes(complete), labelNames.length);
    const checksum = (await files.sha256?.('model.safetensors')) ?? '';
    const shared = { tokenizer, checksum, folder: trainingFolder };
    const trainIds = await encodedIds({ ...shared, dataset }, context);
    const heldOutIds = await encodedIds({ ...shared, dataset: heldOut }, context);
    const root = trainingKey(parseSeed(training.seed), 'init');
    const params = recipe.init(complete, tokenizer, initializer(root));
    return {
      trainee: sequenceTrainee({
        bind: (weights) => recipe.bind(complete, weights, tokenizer),
        params,
        dataset: trainIds,
        heldOut: heldOutIds,
        classes: labelNames.length,
        classDropout: recipe.classDropout(complete),
        decays: (path, weight) => recipe.decays(path, weight),
      }),
      config: {
        recipe: request.recipe,
        version: 1,
        options: complete,
        tokenizer: { recipe: tokenizer.recipe, options: tokenizer.options },
        labels: labelNames,
      },
      prefix: 'model.',
      fixed: await hostParams(tokenizer.params, 'tokenizer.'),
      basis: trainingBasis(dataset, checksum),
      dispose: () => {
        disposeParams(params);
        tokenizer.dispose();
      },
    };
  } catch (error) {
    tokenizer.dispose();
    throw error;
  }
}

function assertTokenizer(folder: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new OptionError(
    `${folder}: the tokenizer must be a ${wanted}, it is a ${found}. Pass the folder of another one.`,
  );
}

function assertClasses(asked: number, found: number): void {
  if (asked === found) return;
  throw new OptionError(
    `train: classes must be ${found}, the classes of the data, the options say ${asked}. Leave it out of the config.`,
    'CONFIG',
  );
}
