import { join } from 'node:path';
import { OptionError, type ModelConfig } from '@nextx/core';
import { startEngine } from '../start-engine.ts';
import type { Arguments } from '../terminal/command.ts';
import {
  choiceOf,
  isOn,
  numberOption,
  requiredText,
  seedOption,
  textOption,
} from '../terminal/option-values.ts';
import { formatSeconds, progressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import type { CheckpointFacts } from './checkpoints.ts';
import { configDifferences } from './config-differences.ts';
import { forecasterJob } from './forecaster-job.ts';
import { judgeJob } from './judge-job.ts';
import { runTraining } from './run-training.ts';
import { sequenceJob } from './sequence-job.ts';
import { tokenizerJob } from './tokenizer-job.ts';
import type { TrainingBasis } from './training-basis.ts';
import {
  completeSettings,
  defaultSteps,
  readTrainingConfig,
  trainingRecipes,
} from './training-config.ts';
import type { OpenTrainingConfig, TrainingRecipe } from './training-config.ts';
import { markTrainingFolder, openTrainingFolder, type TrainingFolder } from './training-folder.ts';
import type { JobContext, TrainingJob, TrainingRequest } from './training-job.ts';

type MakeJob = (request: TrainingRequest, context: JobContext) => Promise<TrainingJob>;

const jobs: Readonly<Record<TrainingRecipe, MakeJob>> = {
  'var-tokenizer': tokenizerJob,
  'llamagen-tokenizer': tokenizerJob,
  var: sequenceJob,
  llamagen: sequenceJob,
  judge: judgeJob,
  'patch-forecaster': forecasterJob,
};

/** `nextx train`, after its words are checked. */
export async function trainFromArguments(args: Arguments, world: World): Promise<void> {
  const started = performance.now();
  const recipe = choiceOf('RECIPE', requiredText(args, 'recipe'), trainingRecipes);
  const out = requiredText(args, 'out');
  const data = requiredText(args, 'data');
  const checkpointSeconds = numberOption(args, 'checkpoint-seconds', { least: 0 }) ?? 120;
  const size = numberOption(args, 'size', { least: 1, most: 32_768, isWhole: true });
  const tokenizer = textOption(args, 'tokenizer');
  const start = textOption(args, 'start');
  const licence = textOption(args, 'licence');
  const flags = settingsOfFlags(args);
  const configFile = textOption(args, 'config');
  const config = configFile === undefined ? undefined : await readTrainingConfig(configFile);
  assertSameRecipe(recipe, config, configFile);
  const folder = await openTrainingFolder(out, isOn(args, 'resume'));
  reportResume(folder, isOn(args, 'resume'), world);
  const request: TrainingRequest = {
    ...mergedConfig(recipe, { config, flags, folder }),
    data,
    ...(config?.data && { sources: config.data }),
    ...(size !== undefined && { size }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(start !== undefined && { start }),
    trainingFolder: join(out, 'training'),
  };
  const engine = await startEngine(args, world);
  const progress = progressLine(world);
  const job = await jobs[recipe](request, { world, progress });
  try {
    const { training } = request;
    const command = folder.checkpoint?.command ?? commandLine(recipe, args);
    const facts = { recipe, options: optionsOf(job.config), training, basis: job.basis, command };
    await assertSameTraining(folder, facts);
    assertSameBasis(folder, job.basis, world);
    if (folder.checkpoint === undefined) await markTrainingFolder(out, job.config);
    const figures = await runTraining(
      {
        facts,
        job,
        out,
        store: folder.store,
        ...(folder.checkpoint && { resume: folder.checkpoint.state }),
        checkpointSeconds,
        isHalf: args['half'] !== false,
        engine: engine.name,
        ...(licence !== undefined && { licence }),
        ...(isOn(args, 'json') && {
          onEntry: (entry) => world.out(`${JSON.stringify({ event: 'step', ...entry })}\n`),
        }),
      },
      world,
      progress,
    );
    const seconds = (performance.now() - started) / 1000;
    world.err(`${out}: the model is complete after ${formatSeconds(seconds)}\n`);
    if (isOn(args, 'json')) world.out(`${JSON.stringify({ event: 'done', out, ...figures })}\n`);
    else world.out(`${out}\n`);
  } finally {
    progress.end();
    job.dispose();
  }
}

/** Settings that the command line gives, in the config's names. */
function settingsOfFlags(args: Arguments): Readonly<Record<string, number | string>> {
  const whole = { least: 1, isWhole: true };
  const given = {
    steps: numberOption(args, 'steps', whole),
    batchSize: numberOption(args, 'batch', whole),
    learningRate: numberOption(args, 'learning-rate', { least: 0 }),
    seed: seedOption(args)?.toString(),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function assertSameRecipe(
  recipe: TrainingRecipe,
  config: OpenTrainingConfig | undefined,
  file: string | undefined,
): void {
  if (config === undefined || config.recipe === recipe) return;
  throw new OptionError(
    `train: the config must be of the recipe ${recipe}, ${file} is of ${config.recipe}. Pass the other recipe, or another config.`,
    'CONFIG',
  );
}

function reportResume({ checkpoint }: TrainingFolder, isResume: boolean, world: World): void {
  if (!isResume) return;
  for (const warning of checkpoint?.warnings ?? []) world.err(`warning: ${warning}\n`);
  world.err(
    checkpoint === undefined
      ? 'no checkpoint to go on from: starting anew\n'
      : `going on from step ${checkpoint.state.step} of ${checkpoint.training.steps}\n`,
  );
}

/** What file, command line and, where a training goes on, its checkpoint say together. */
function mergedConfig(
  recipe: TrainingRecipe,
  {
    config,
    flags,
    folder,
  }: {
    readonly config: OpenTrainingConfig | undefined;
    readonly flags: Readonly<Record<string, number | string>>;
    readonly folder: TrainingFolder;
  },
): Pick<TrainingRequest, 'recipe' | 'options' | 'training'> {
  const saved = folder.checkpoint;
  const base = config?.training ?? saved?.training ?? { steps: defaultSteps };
  const training = completeSettings('train: settings', {
    ...(config === undefined ? {} : { steps: defaultSteps }),
    ...base,
    ...flags,
  });
  const options = config === undefined ? saved?.options : config.options;
  return options === undefined ? { recipe, training } : { recipe, options, training };
}

/** Refuses to go on with anything else than what the checkpoint is of. */
async function assertSameTraining(
  { checkpoint }: TrainingFolder,
  now: Pick<CheckpointFacts, 'recipe' | 'options' | 'training'>,
): Promise<void> {
  if (checkpoint === undefined) return;
  const saved = {
    ...checkpoint,
    options: await completeOptions(checkpoint.recipe, checkpoint.options),
  };
  const differences = [
    ...configDifferences(now.recipe, saved.recipe, 'recipe'),
    ...configDifferences(now.options, saved.options, 'options'),
    ...configDifferences(
      { ...now.training, seed: undefined },
      { ...saved.training, seed: undefined },
      'training',
    ),
    ...configDifferences(seedOf(now.training), String(checkpoint.state.seed), 'training.seed'),
  ];
  if (differences.length === 0) return;
  throw new OptionError(
    `train: --resume must go on with the settings of the checkpoint, ${differences.length} differ: ${differences.slice(0, 10).join('; ')}. Leave out --config and the settings to take those of the checkpoint, or train anew into another folder.`,
    'CONFIG',
  );
}

/** Refuses to go on with other pictures, or over another tokenizer, than those of the checkpoint. */
function assertSameBasis(
  { checkpoint }: TrainingFolder,
  now: TrainingBasis,
  world: Pick<World, 'err'>,
): void {
  if (checkpoint === undefined) return;
  if (checkpoint.basis === undefined) {
    world.err(
      'warning: the checkpoint does not say what it was trained on. With other pictures the training will not be the same\n',
    );
    return;
  }
  const differences = configDifferences(now, checkpoint.basis);
  if (differences.length === 0) return;
  throw new OptionError(
    `train: --resume must go on with the data and the tokenizer of the checkpoint, these differ: ${differences.join('; ')}. ` +
      'Give the same --data, --size, --tokenizer and --start, or train anew into another folder.',
  );
}

function seedOf(training: object): string {
  return 'seed' in training ? String(training.seed) : '';
}

/** Options of a checkpoint with the defaults that it may have left out. */
async function completeOptions(recipe: TrainingRecipe, options: unknown): Promise<unknown> {
  if (recipe === 'judge') return options;
  if (recipe === 'patch-forecaster') {
    const { patchForecasterRecipe } = await import('@nextx/timeseries');
    return patchForecasterRecipe.parse(options);
  }
  const { imageRecipes, imageTokenizers } = await import('@nextx/image');
  const load =
    recipe === 'var' || recipe === 'llamagen' ? imageRecipes[recipe] : imageTokenizers[recipe];
  return (await load()).parse(options);
}

function optionsOf({ options }: ModelConfig): Readonly<Record<string, unknown>> {
  return options as Readonly<Record<string, unknown>>; // jobs make them of parsed objects
}

/** The command as it was typed, without what only changes how it is shown. */
function commandLine(recipe: string, args: Arguments): string {
  const names = [
    'data',
    'out',
    'config',
    'tokenizer',
    'start',
    'size',
    'steps',
    'batch',
    'learning-rate',
    'seed',
    'licence',
    // A training goes on bit for bit on the same engine only.
    'engine',
  ];
  const words = names.flatMap((name) => {
    const value = textOption(args, name);
    return value === undefined ? [] : [`--${name}`, quoted(value)];
  });
  const half = args['half'] === false ? ['--no-half'] : [];
  const bf16 = args['bf16'] === true ? ['--bf16'] : [];
  return ['nextx', 'train', recipe, ...words, ...half, ...bf16].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}
