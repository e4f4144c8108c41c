import {
  bytesSource,
  CheckpointError,
  openSafetensors,
  parseOptions,
  parseSeed,
  writeSafetensors,
} from '@nextx/core';
import type { TrainState } from '@nextx/core';
import type { CheckpointStore } from '@nextx/core/node';
import * as z from 'zod/mini';
import type { TrainingBasis } from './training-basis.ts';
import { completeSettings, trainingRecipes } from './training-config.ts';
import type { TrainingRecipe, TrainingSettings } from './training-config.ts';

/** What a checkpoint is a checkpoint of. */
export interface CheckpointFacts {
  readonly recipe: TrainingRecipe;
  /** The recipe's options; defaults may be left out. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly training: TrainingSettings;
  readonly basis: TrainingBasis;
  /** That began the training, as it was typed. */
  readonly command: string;
}

/** A checkpoint read back. */
export interface TrainingCheckpoint extends Omit<CheckpointFacts, 'basis' | 'command'> {
  /** Absent from a checkpoint that does not say what it was trained on. */
  readonly basis?: TrainingBasis;
  readonly command?: string;
  readonly state: TrainState;
  /** What was wrong with newer ones. */
  readonly warnings: readonly string[];
}

const stateFile = 'state.json';
const tensorFile = 'state.safetensors';

const checksum = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const basis = z.strictObject({
  data: z.strictObject({ name: z.string(), count: z.int().check(z.positive()), checksum }),
  tokenizer: z.exactOptional(checksum),
  start: z.exactOptional(checksum),
}) satisfies z.ZodMiniType<TrainingBasis>;

const schema = z.strictObject({
  version: z.literal(1),
  recipe: z.enum(trainingRecipes),
  options: z.record(z.string(), z.unknown()),
  training: z.record(z.string(), z.unknown()),
  basis: z.exactOptional(basis),
  command: z.exactOptional(z.string()),
  step: z.int().check(z.minimum(0)),
  seed: z.string().check(z.regex(/^\d{1,20}$/)),
});

/** Saves all that a training continues from. */
export async function saveCheckpoint(
  store: CheckpointStore,
  facts: CheckpointFacts,
  { step, seed, tensors }: TrainState,
): Promise<void> {
  const state = { version: 1, ...facts, step, seed: String(seed) };
  const files = new Map([
    [stateFile, new TextEncoder().encode(JSON.stringify(state))],
    [tensorFile, writeSafetensors(tensors)],
  ]);
  await store.save(step, files);
}

/**
 * The newest whole checkpoint, if there is one.
 *
 * @throws {CheckpointError | OptionError} if there are checkpoints, but none that can be continued from.
 */
export async function latestCheckpoint(
  store: CheckpointStore,
): Promise<TrainingCheckpoint | undefined> {
  const stored = await store.latest();
  if (stored === undefined) return undefined;
  const json: unknown = JSON.parse(new TextDecoder().decode(partOf(stored.files, stateFile)));
  const facts = parseOptions(`checkpoint: ${stateFile}`, schema, json, 'CONFIG');
  const tensors = await openSafetensors(bytesSource(partOf(stored.files, tensorFile), tensorFile));
  return {
    recipe: facts.recipe,
    options: facts.options,
    training: completeSettings(`checkpoint: ${stateFile}: training`, facts.training),
    ...(facts.basis && { basis: facts.basis }),
    ...(facts.command !== undefined && { command: facts.command }),
    state: { step: facts.step, seed: parseSeed(facts.seed), tensors: await tensors.readAll() },
    warnings: stored.warnings,
  };
}

function partOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) {
    throw new CheckpointError(
      `checkpoint: must hold ${name}, it holds ${[...files.keys()].join(', ')}. Without it the training cannot go on as it was; start anew.`,
    );
  }
  return bytes;
}
