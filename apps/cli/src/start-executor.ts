import { availableParallelism } from 'node:os';
import { cpuExecutor, cpuSupports, weightFormats } from '@nextx/core/cpu';
import type { CpuExecutor, KernelBuild, WeightFormat } from '@nextx/core/cpu';
import { enableRelaxedSimd } from '@nextx/core/node';
import type { ImageModel } from '@nextx/image';
import type { ActiveEngine } from './engines/engine.ts';
import type { Arguments } from './terminal/command.ts';
import { choiceOf, numberOption, textOption } from './terminal/option-values.ts';
import { UsageError } from './terminal/usage-error.ts';
import type { World } from './terminal/world.ts';

/** What a picture's record says of the executor that drew its tokens; absent: tfjs operations. */
export interface ExecutorRecord {
  readonly name: 'cpu';
  readonly format: WeightFormat;
  readonly build: KernelBuild;
}

/** Which executor is wanted; `auto` takes the cpu executor where tfjs would run on wasm or plain JavaScript. */
export interface WantedExecutor {
  readonly name: 'auto' | 'reference' | 'cpu';
  readonly format: WeightFormat;
  readonly build?: KernelBuild;
  readonly threads?: number;
}

/** What `--executor`, `--format` and `--threads` ask for. @throws {UsageError} for other values. */
export function readExecutor(args: Arguments): WantedExecutor {
  const name = choiceOf('--executor', textOption(args, 'executor') ?? 'auto', [
    'auto',
    'reference',
    'cpu',
  ] as const);
  const format = choiceOf('--format', textOption(args, 'format') ?? 'f32', weightFormats);
  if (format !== 'f32' && name !== 'cpu') {
    throw new UsageError(`--format ${format} needs --executor cpu, the others keep 32 bits.`);
  }
  const threads = numberOption(args, 'threads', { least: 1, most: 64, isWhole: true });
  return { name, format, ...(threads !== undefined && { threads }) };
}

/**
 * Starts the executor of a model and says which one decodes.
 *
 * @returns nothing where tfjs operations do; else an executor that the caller disposes.
 * @throws {UnsupportedError} with the reasons, if the cpu executor was asked for and cannot run the model.
 */
export async function startExecutor(
  { model }: ImageModel,
  { name, format, build, threads = availableParallelism() }: WantedExecutor,
  { engine, world }: { readonly engine: ActiveEngine; readonly world: World },
): Promise<CpuExecutor | undefined> {
  const isSlow = engine.name === 'wasm' || engine.name === 'cpu';
  const isWanted = name === 'cpu' || (name === 'auto' && isSlow && cpuSupports(model).isSupported);
  if (!isWanted) return undefined;
  enableRelaxedSimd();
  const executor = await cpuExecutor(model, { format, threads, ...(build && { build }) });
  const noun = executor.threads === 1 ? 'thread' : 'threads';
  world.err(
    `executor: cpu, ${executor.format}, ${executor.build} SIMD, ${executor.threads} ${noun}\n`,
  );
  return executor;
}

/** What a record keeps of an executor. */
export function executorRecord(executor: CpuExecutor | undefined): ExecutorRecord | undefined {
  return executor && { name: 'cpu', format: executor.format, build: executor.build };
}
