import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError, type ModelConfig } from '@nextx/core';
import { openCheckpointStore, writeFileAtomic } from '@nextx/core/node';
import type { CheckpointStore } from '@nextx/core/node';
import { latestCheckpoint, type TrainingCheckpoint } from './checkpoints.ts';

/** A training's folder, looked through. */
export interface TrainingFolder {
  readonly store: CheckpointStore;
  /** What to go on from; only where that was asked for. */
  readonly checkpoint?: TrainingCheckpoint;
}

/** Checkpoints that are kept: one may be damaged by a failing disk. */
const keep = 2;

/**
 * Looks at the folder that a training is to write into.
 *
 * @param isResume  Whether to go on from what is there.
 * @throws {OptionError} ARG if it holds a training or a model and nobody asked to go on, or something else altogether.
 */
export async function openTrainingFolder(out: string, isResume: boolean): Promise<TrainingFolder> {
  const store = openCheckpointStore(join(out, 'training', 'checkpoints'), { keep });
  if (isResume) {
    const checkpoint = await latestCheckpoint(store);
    return checkpoint === undefined ? { store } : { store, checkpoint };
  }
  const names = await readdir(out).catch(() => []);
  const inTraining = await readdir(join(out, 'training', 'checkpoints')).catch(() => []);
  if (inTraining.some((name) => name.startsWith('checkpoint-'))) {
    throw new OptionError(
      `train: ${out} must be a new folder, it holds a training. Add --resume to go on with it, or choose another folder.`,
    );
  }
  const others = names.filter((name) => name !== 'training' && name !== 'config.json');
  if (others.length > 0) {
    throw new OptionError(
      `train: ${out} must be a new folder, it holds ${others.slice(0, 3).join(', ')}. Choose another folder.`,
    );
  }
  return { store };
}

/** Marks the folder as that of a model in the making: its config is there, its weights come at the end. */
export async function markTrainingFolder(out: string, config: ModelConfig): Promise<void> {
  await mkdir(out, { recursive: true });
  const text = `${JSON.stringify(config, undefined, 2)}\n`;
  await writeFileAtomic(join(out, 'config.json'), new TextEncoder().encode(text));
}
