import { availableParallelism } from 'node:os';
import { ResourceError } from '@nextx/core';
import type { SequenceModel } from '@nextx/core';
import { cpuExecutor, cpuSupports, mostCpuThreads, weightFormats } from '@nextx/core/cpu';
import type { CpuExecutor, KernelBuild, WeightFormat } from '@nextx/core/cpu';
import { enableRelaxedSimd } from '@nextx/core/node';
import type { ImageModel } from '@nextx/image';
import { nativeRows, type ActiveEngine } from './engines/engine.ts';
import type { Arguments } from './terminal/command.ts';
import { choiceOf, numberOption, textOption } from './terminal/option-values.ts';
import { UsageError } from './terminal/usage-error.ts';
import type { World } from './terminal/world.ts';

/** What a picture's record says of the executor that drew its tokens; absent: tfjs operations. */
export interface ExecutorRecord {
  readonly name: 'cpu';
  readonly format: WeightFormat;
  readonly build: KernelBuild;
  /** Rows from which the engine multiplied; absent: never. */
  readonly engineRows?: number;
}

/** Which executor is wanted; `auto` takes the cpu executor for what it can run, unless a GPU is the engine. */
export interface WantedExecutor {
  readonly name: 'auto' | 'reference' | 'cpu';
  readonly format: WeightFormat;
  readonly build?: KernelBuild;
  /** @defaultValue one a core */
  readonly threads?: number;
  /** @defaultValue by the engine */
  readonly engineRows?: number;
}

/** What will be decoded at once. */
export interface DecodedBatch {
  readonly items: number;
  readonly isGuided: boolean;
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
  return { name, format, ...threadsOption(args) };
}

/** `--threads`, where it is given. */
export function threadsOption(args: Arguments): { readonly threads?: number } {
  const threads = numberOption(args, 'threads', { least: 1, most: 1024, isWhole: true });
  return threads === undefined ? {} : { threads };
}

/**
 * Starts the executor of a model and says which one decodes.
 *
 * @returns nothing where tfjs operations do; else an executor that the caller disposes.
 * @throws {UnsupportedError} with the reasons, if the cpu executor was asked for and cannot run the model.
 * @throws {ResourceError} OOM, if it was asked for and the weights do not fit.
 */
export async function startExecutor(
  { model }: ImageModel,
  wanted: WantedExecutor,
  {
    engine,
    world,
    batch,
  }: { readonly engine: ActiveEngine; readonly world: World; readonly batch: DecodedBatch },
): Promise<CpuExecutor | undefined> {
  if (wanted.name === 'reference') return undefined;
  const isAutomatic = wanted.name === 'auto';
  if (isAutomatic && (engine.name === 'webgpu' || !cpuSupports(model).isSupported)) {
    return undefined;
  }
  const executor = await openExecutor(model, wanted, engine).catch((error: unknown) => {
    if (!isAutomatic || !(error instanceof ResourceError)) throw error;
    world.err(`executor: operations of the engine decode, because ${error.message}\n`);
    return undefined;
  });
  if (executor === undefined) return undefined;
  if (isAutomatic && !executor.fits(model.plan, batch.items, batch.isGuided)) {
    executor.dispose();
    world.err(
      `executor: operations of the engine decode, because ${batch.items} items at once need more than the 4 GiB of the cpu executor; a smaller --batch fits\n`,
    );
    return undefined;
  }
  const noun = executor.threads === 1 ? 'thread' : 'threads';
  world.err(
    `executor: cpu, ${executor.format}, ${executor.build} SIMD, ${executor.threads} ${noun}\n`,
  );
  return executor;
}

async function openExecutor(
  model: SequenceModel,
  { format, build, threads = availableParallelism(), engineRows }: WantedExecutor,
  engine: ActiveEngine,
): Promise<CpuExecutor> {
  enableRelaxedSimd();
  const isWide = engine.name === 'native' && format === 'f32';
  return cpuExecutor(model, {
    format,
    threads: Math.min(threads, mostCpuThreads),
    engineRows: engineRows ?? (isWide ? nativeRows : Infinity),
    ...(build && { build }),
  });
}

/** An executor in words. */
export function executorName(executor: CpuExecutor | undefined): string {
  return executor === undefined ? 'reference' : `cpu ${executor.format}`;
}

/** What a record keeps of an executor. */
export function executorRecord(executor: CpuExecutor | undefined): ExecutorRecord | undefined {
  if (executor === undefined) return undefined;
  const { format, build, engineRows } = executor;
  return { name: 'cpu', format, build, ...(Number.isFinite(engineRows) && { engineRows }) };
}

/** What a record asks for; records of tfjs operations have none. */
export function recordedExecutor(record: ExecutorRecord | undefined): WantedExecutor {
  return record === undefined
    ? { name: 'reference', format: 'f32' }
    : { engineRows: Infinity, ...record };
}
