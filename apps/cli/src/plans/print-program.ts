import { describeProgram } from '@nextx/core';
import type { ListedBatch, ProgramListing, SequenceModel } from '@nextx/core';
import { listCpuProgram, weightFormats } from '@nextx/core/cpu';
import type { WeightFormat } from '@nextx/core/cpu';
import { gpuWeightFormats, listWebgpuProgram } from '@nextx/core/webgpu';
import type { GpuWeightFormat } from '@nextx/core/webgpu';
import type { Arguments } from '../terminal/command.ts';
import { choiceOf, isOn, numberOption, textOption } from '../terminal/option-values.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';

/** Whose program is printed, and for what. */
export type WantedProgram = ListedBatch &
  (
    | { readonly executor: 'cpu'; readonly format: WeightFormat }
    | { readonly executor: 'webgpu'; readonly format: GpuWeightFormat }
    | { readonly executor: 'reference' }
  );

/** Options that say something of a program alone. */
const ownOptions = ['executor', 'format', 'batch', 'guided'] as const;

/**
 * What `--program` and its options ask for; nothing without it.
 *
 * @throws {UsageError} for values that do not fit, and for its options without it.
 */
export function readProgram(args: Arguments): WantedProgram | undefined {
  if (!isOn(args, 'program')) {
    const stray = ownOptions.find((name) => isOn(args, name) || textOption(args, name));
    if (stray === undefined) return undefined;
    throw new UsageError(`--${stray} says how a program runs. Add --program.`);
  }
  const executor = choiceOf('--executor', textOption(args, 'executor') ?? 'cpu', [
    'cpu',
    'webgpu',
    'reference',
  ] as const);
  const items = numberOption(args, 'batch', { least: 1, most: 65536, isWhole: true }) ?? 1;
  const batch = { items, isGuided: isOn(args, 'guided') };
  const format = textOption(args, 'format') ?? 'f32';
  switch (executor) {
    case 'cpu':
      return { ...batch, executor, format: choiceOf('--format', format, weightFormats) };
    case 'webgpu':
      return { ...batch, executor, format: choiceOf('--format', format, gpuWeightFormats) };
    case 'reference':
      choiceOf('--format', format, ['f32']);
      return { ...batch, executor };
  }
}

/**
 * Prints the program that an executor runs for a model.
 *
 * @throws {UnsupportedError} with the reasons, if the executor cannot run the model.
 */
export async function printProgram(
  model: SequenceModel,
  wanted: WantedProgram,
  { isJson, world }: { readonly isJson: boolean; readonly world: World },
): Promise<void> {
  const listing = await listProgram(model, wanted);
  if (listing === undefined) {
    const note =
      'it runs the recipe by operations of tfjs, step by step: it has no program. Take --executor cpu or webgpu.';
    world.out(
      isJson
        ? `${JSON.stringify({ event: 'program', executor: 'reference', note })}\n`
        : `reference: ${note}\n`,
    );
    return;
  }
  world.out(
    isJson
      ? `${JSON.stringify({ event: 'program', ...listing })}\n`
      : `${describeProgram(listing)}\n`,
  );
}

async function listProgram(
  model: SequenceModel,
  wanted: WantedProgram,
): Promise<ProgramListing | undefined> {
  if (wanted.executor === 'reference') return undefined;
  return wanted.executor === 'cpu'
    ? listCpuProgram(model, wanted)
    : listWebgpuProgram(model, wanted);
}
