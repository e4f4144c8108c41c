import { readFile } from 'node:fs/promises';
import { learningRateAt, OptionError, parseOptions, parseSeed, ResourceError } from '@nextx/core';
import type { TrainOptions } from '@nextx/core';
import * as z from 'zod/mini';

/** What `nextx train` trains. */
export const trainingRecipes = [
  'var-tokenizer',
  'llamagen-tokenizer',
  'var',
  'llamagen',
  'judge',
  'patch-forecaster',
] as const;

export type TrainingRecipe = (typeof trainingRecipes)[number];

/** How long and how a model is trained; all of it decides the result. */
export interface TrainingSettings {
  readonly steps: number;
  /** Samples of one evaluation. @defaultValue 64 */
  readonly batchSize: number;
  /** Evaluations averaged into one update. @defaultValue 1 */
  readonly accumulate: number;
  /** Peak of the schedule. @defaultValue 1e-3 */
  readonly learningRate: number;
  /** @defaultValue cosine */
  readonly schedule: 'cosine' | 'linear' | 'constant' | 'lin0';
  /** @defaultValue 100 */
  readonly warmupSteps: number;
  /** @defaultValue 0.05 */
  readonly weightDecay: number;
  /** Largest norm of the gradient, 0 for any. @defaultValue 1 */
  readonly clipNorm: number;
  /** @defaultValue 0.9 */
  readonly beta1: number;
  /** @defaultValue 0.95 */
  readonly beta2: number;
  /** Decay of the moving average that is saved instead of the weights; 0 saves the weights. @defaultValue 0 */
  readonly averageDecay: number;
  /** Steps between validations, 0 for only the last. @defaultValue 500 */
  readonly validateEvery: number;
  /** @defaultValue 1 */
  readonly seed: number | string;
}

const whole = z.int().check(z.minimum(1));
const count = z.int().check(z.minimum(0));
const positive = z.number().check(z.positive());
const decay = z.number().check(z.minimum(0), z.lt(1));

const settings = z.strictObject({
  steps: whole,
  batchSize: z._default(whole, 64),
  accumulate: z._default(whole, 1),
  learningRate: z._default(positive, 1e-3),
  schedule: z._default(z.enum(['cosine', 'linear', 'constant', 'lin0']), 'cosine'),
  warmupSteps: z._default(count, 100),
  weightDecay: z._default(z.number().check(z.minimum(0)), 0.05),
  clipNorm: z._default(z.number().check(z.minimum(0)), 1),
  beta1: z._default(decay, 0.9),
  beta2: z._default(decay, 0.95),
  averageDecay: z._default(decay, 0),
  validateEvery: z._default(count, 500),
  seed: z._default(z.union([count, z.string().check(z.regex(/^\d{1,20}$/))]), 1),
}) satisfies z.ZodMiniType<TrainingSettings>;

const schema = z.strictObject({
  recipe: z.enum(trainingRecipes),
  options: z.exactOptional(z.record(z.string(), z.unknown())),
  training: z._default(z.record(z.string(), z.unknown()), {}),
  data: z.exactOptional(z.record(z.string(), z.unknown())),
});

/** A training as a file states it; the command line may still change its settings. */
export interface OpenTrainingConfig {
  readonly recipe: TrainingRecipe;
  /** The recipe's own; absent: small ones that fit the data. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly training: Readonly<Record<string, unknown>>;
  /** What a forecaster learns from. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Steps of a training that says nothing else. */
export const defaultSteps = 4000;

/**
 * Reads a config file.
 *
 * @throws {ResourceError} NOT_FOUND or IO if it cannot be read.
 * @throws {OptionError} CONFIG naming each wrong or unknown key.
 */
export async function readTrainingConfig(file: string): Promise<OpenTrainingConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new ResourceError(
      `${file}: the training config must be a readable file, it is not. Check the path.`,
      isMissing ? 'NOT_FOUND' : 'IO',
      cause,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new OptionError(
      `${file}: must be JSON, ${cause instanceof Error ? cause.message : 'it is not'}. Correct the file.`,
      'CONFIG',
      cause,
    );
  }
  return parseOptions(file, schema, json, 'CONFIG');
}

/**
 * Complete settings.
 *
 * @param where  What they come from, for messages.
 * @throws {OptionError} CONFIG naming each wrong or unknown key.
 */
export function completeSettings(where: string, given: unknown): TrainingSettings {
  const complete = parseOptions(where, settings, given, 'CONFIG');
  parseSeed(complete.seed);
  return complete;
}

/** Settings as the trainer takes them. */
export function trainOptionsOf(training: TrainingSettings): TrainOptions {
  const { learningRate, schedule, warmupSteps, weightDecay, seed, ...rest } = training;
  const rate =
    schedule === 'constant'
      ? ({ kind: schedule, peak: learningRate, warmupSteps } as const)
      : ({ kind: schedule, peak: learningRate, warmupSteps, totalSteps: training.steps } as const);
  return {
    ...rest,
    seed: parseSeed(seed),
    learningRateAt: (step) => learningRateAt(rate, step),
    weightDecayAt: () => weightDecay,
  };
}
