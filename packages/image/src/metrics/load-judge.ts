import {
  foldIn,
  initializer,
  loadParams,
  openModel,
  OptionError,
  disposeParams,
  parseOptions,
} from '@nextx/core';
import type { ModelFiles } from '@nextx/core';
import * as z from 'zod/mini';
import { initJudge, type JudgeOptions, type JudgeParams } from './judge.ts';

/** A judge, loaded: it owns its weights until `dispose`. */
export interface LoadedJudge {
  readonly params: JudgeParams;
  readonly options: JudgeOptions;
  /** Names of the classes. */
  readonly labels: readonly string[];
  /** SHA-256 of the weights in hex; it belongs beside every figure that the judge gives. */
  readonly checksum: string;
  /** Frees the weights; safe to call twice. */
  dispose(): void;
}

const whole = z.int().check(z.positive());

const schema = z.strictObject({
  width: whole,
  height: whole,
  channels: z.union([z.literal(1), z.literal(3)]),
  classes: whole,
}) satisfies z.ZodMiniType<JudgeOptions>;

/**
 * Loads the folder of a judge.
 *
 * @throws {ResourceError} NOT_FOUND if a file is missing.
 * @throws {OptionError} CONFIG if the config is of something else, or its options are wrong.
 * @throws {CheckpointError} SHAPE if weights are missing, left over or of another shape.
 */
export async function loadJudge(files: ModelFiles): Promise<LoadedJudge> {
  const opened = await openModel(files);
  const { config, checksum } = opened;
  try {
    if (config.recipe !== 'judge') {
      throw new OptionError(
        `${files.name}: the recipe must be judge, got "${config.recipe}". Train one with: nextx train judge.`,
        'CONFIG',
      );
    }
    const options = parseOptions(`${files.name}: options`, schema, config.options, 'CONFIG');
    const template = initJudge(options, initializer(foldIn([0, 0], 0)));
    const params = await loadParams(files.name, template, opened);
    const labels =
      config.labels ?? Array.from({ length: options.classes }, (_, label) => `class ${label}`);
    return { params, options, labels, checksum, dispose: () => disposeParams(params) };
  } finally {
    await opened.weights.close();
  }
}
