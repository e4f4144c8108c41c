import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import {
  countParams,
  disposeParams,
  float16Tensor,
  mapParams,
  NumericError,
  toFloat32,
  train,
} from '@nextx/core';
import type { HostTensor, TrainState } from '@nextx/core';
import { saveModel, writeFileAtomic } from '@nextx/core/node';
import type { CheckpointStore } from '@nextx/core/node';
import { tensor } from '@tensorflow/tfjs-core';
import { Interrupted } from '../terminal/interrupted.ts';
import type { ProgressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { saveCheckpoint, type CheckpointFacts } from './checkpoints.ts';
import { lossCurveHtml, lossCurveSvg } from './loss-curve.ts';
import { modelCard } from './model-card.ts';
import { trainOptionsOf } from './training-config.ts';
import type { TrainingJob } from './training-job.ts';
import { openTrainingLog, type LogEntry, type TrainingLog } from './training-log.ts';

/** A training on its way from its checkpoint, if any, to its model folder. */
export interface TrainingRun {
  readonly facts: CheckpointFacts;
  readonly job: TrainingJob;
  readonly out: string;
  readonly store: CheckpointStore;
  /** Continues from here. */
  readonly resume?: TrainState;
  readonly checkpointSeconds: number;
  /** Stores weights in 16 bits. */
  readonly isHalf: boolean;
  readonly engine: string;
  readonly licence?: string;
  /** Told of every update. */
  readonly onEntry?: (entry: LogEntry) => void;
}

/**
 * Trains to the end and writes the model folder.
 *
 * @returns figures of held-out pictures, of the weights as they are stored.
 * @throws {Interrupted} when the user stops it, after the checkpoint is saved.
 * @throws {NumericError} if the loss is no longer finite; the last checkpoint is kept.
 */
export async function runTraining(
  run: TrainingRun,
  world: World,
  progress: ProgressLine,
): Promise<Readonly<Record<string, number>>> {
  const folder = join(run.out, 'training');
  await mkdir(folder, { recursive: true });
  const log = await openTrainingLog(join(folder, 'log.jsonl'), run.resume?.step ?? 0);
  const state = await updateUntilDone(run, { world, progress, log, folder });
  progress.end();
  return state === undefined ? {} : finish(run, state, log);
}

interface Place {
  readonly world: World;
  readonly progress: ProgressLine;
  readonly log: TrainingLog;
  readonly folder: string;
}

/** @returns the state after the last update. */
async function updateUntilDone(run: TrainingRun, place: Place): Promise<TrainState | undefined> {
  const { world, progress, log, folder } = place;
  const { facts, job, resume } = run;
  let savedStep = resume?.step ?? 0;
  let savedAt = performance.now();
  let last = resume;
  try {
    const options = { ...trainOptionsOf(facts.training), ...(resume && { resume }) };
    for await (const update of train(job.trainee, options)) {
      const entry = await log.add(update);
      run.onEntry?.(entry);
      progress.report({
        label: 'training',
        done: update.step,
        total: update.steps,
        unit: 'samples',
        rate: update.samplesPerSecond,
        note: `loss ${update.loss.toFixed(4)}`,
      });
      if (update.validation !== undefined)
        progress.print(validationLine(update.step, entry, job.noun));
      const isDue = performance.now() - savedAt > run.checkpointSeconds * 1000;
      if (!isDue && update.step < update.steps && !world.signal.aborted) continue;
      last = await update.state();
      await saveCheckpoint(run.store, facts, last);
      await writeCurves(folder, log.entries, run);
      [savedStep, savedAt] = [update.step, performance.now()];
      if (world.signal.aborted && update.step < update.steps) {
        progress.end();
        throw new Interrupted(
          `stopped after step ${update.step} of ${update.steps}; go on with: ${withResume(facts.command)}`,
        );
      }
    }
  } catch (error) {
    progress.end();
    if (error instanceof NumericError && savedStep > 0) {
      world.err(`the checkpoint of step ${savedStep} in ${join(folder, 'checkpoints')} is kept\n`);
    }
    throw error;
  }
  return last;
}

function validationLine(step: number, { validation = {} }: LogEntry, noun = 'pictures'): string {
  const figures = Object.entries(validation).map(
    ([name, value]) => `${name} ${Number(value.toPrecision(5))}`,
  );
  return `step ${step}, held-out ${noun}: ${figures.join(', ')}`;
}

async function writeCurves(
  folder: string,
  entries: readonly LogEntry[],
  { facts, out }: TrainingRun,
): Promise<void> {
  const title = `${basename(resolve(out))}: loss of ${facts.recipe}`;
  const encoder = new TextEncoder();
  const svg = await lossCurveSvg(entries, title);
  await writeFileAtomic(join(folder, 'loss.svg'), encoder.encode(svg));
  const page = lossCurveHtml(svg, entries, title);
  await writeFileAtomic(join(folder, 'loss.html'), encoder.encode(page));
}

/** Writes the model folder from the last state; weights or their average, in 16 or 32 bits. */
async function finish(
  run: TrainingRun,
  state: TrainState,
  log: TrainingLog,
): Promise<Readonly<Record<string, number>>> {
  const { job, facts, isHalf } = run;
  const kind = facts.training.averageDecay > 0 ? 'average.' : 'weights.';
  const stored = (value: HostTensor) => (isHalf ? halved(value) : value);
  const trained = new Map(
    [...state.tensors].flatMap(([name, value]): [string, HostTensor][] =>
      name.startsWith(kind) ? [[name.slice(kind.length), stored(value)]] : [],
    ),
  );
  const validation = await validateStored(job, trained);
  const lastLoss = log.entries.at(-1)?.loss;
  const card = modelCard({
    name: basename(resolve(run.out)),
    config: job.config,
    training: facts.training,
    dataName: job.basis.data.name,
    samples: job.basis.data.count,
    parameters: countParams(job.trainee.params),
    command: facts.command,
    engine: run.engine,
    ...(job.noun !== undefined && { noun: job.noun }),
    ...(job.sources && { sources: job.sources }),
    ...(job.startCard !== undefined && { startCard: job.startCard }),
    validation,
    ...(lastLoss !== undefined && { lastLoss }),
    ...(run.licence !== undefined && { licence: run.licence }),
  });
  const tensors = [
    ...[...trained].map(([path, value]) => [`${job.prefix}${path}`, value] as const),
    ...[...job.fixed].map(([name, value]) => [name, stored(value)] as const),
  ];
  const training = { data: job.basis.data.name, ...facts.training };
  await saveModel(run.out, { config: { ...job.config, training }, tensors, card });
  return validation;
}

/** Figures of the weights that are stored: averaged and rounded as they are. */
async function validateStored(
  { trainee }: TrainingJob,
  stored: ReadonlyMap<string, HostTensor>,
): Promise<Readonly<Record<string, number>>> {
  if (trainee.validate === undefined) return {};
  const params = mapParams(trainee.params, ({ shape }, path) => {
    const value = stored.get(path);
    if (value === undefined) throw new Error(`the state lacks the weight ${path}`);
    return tensor(toFloat32(value), shape);
  });
  try {
    return await trainee.validate(params);
  } finally {
    disposeParams(params);
  }
}

function halved(value: HostTensor): HostTensor {
  return float16Tensor(toFloat32(value), value.shape);
}

function withResume(command: string): string {
  return command.includes(' --resume') ? command : `${command} --resume`;
}
