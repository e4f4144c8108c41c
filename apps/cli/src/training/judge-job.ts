import { disposeParams, initializer, parseOptions, parseSeed, trainingKey } from '@nextx/core';
import { initJudge, judgeTrainee } from '@nextx/image';
import type { JudgeOptions } from '@nextx/image';
import * as z from 'zod/mini';
import { smallOptions } from './small-options.ts';
import { trainingBasis } from './training-basis.ts';
import { assertFits, openTrainingData } from './training-data.ts';
import type { JobContext, TrainingJob, TrainingRequest } from './training-job.ts';

const whole = z.int().check(z.positive());

const schema = z.strictObject({
  width: whole,
  height: whole,
  channels: z.union([z.literal(1), z.literal(3)]),
  classes: whole,
}) satisfies z.ZodMiniType<JudgeOptions>;

/** The small classifier that measures generated pictures. */
export async function judgeJob(
  request: TrainingRequest,
  { world }: JobContext,
): Promise<TrainingJob> {
  const { dataset, heldOut } = await openTrainingData(request.data, request.size, world);
  const { width, channels, labelNames } = dataset;
  const facts = { side: width, channels, classes: labelNames.length };
  const given = { ...smallOptions('judge', facts), ...request.options };
  const options = parseOptions('judge', schema, given, 'CONFIG');
  assertFits(dataset, [options.height, options.width, options.channels]);
  const params = initJudge(
    options,
    initializer(trainingKey(parseSeed(request.training.seed), 'init')),
  );
  return {
    trainee: judgeTrainee(params, dataset, heldOut),
    config: { recipe: 'judge', version: 1, options, labels: labelNames },
    prefix: '',
    fixed: new Map(),
    basis: trainingBasis(dataset),
    dispose: () => disposeParams(params),
  };
}
