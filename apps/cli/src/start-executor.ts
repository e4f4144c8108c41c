import { availableParallelism } from 'node:os';
import { planLength, ResourceError, stepCount, UnsupportedError } from '@nextx/core';
import type { SequenceModel } from '@nextx/core';
import { cpuExecutor, cpuSupports, mostCpuThreads, weightFormats } from '@nextx/core/cpu';
import type { CpuExecutor, KernelBuild, WeightFormat } from '@nextx/core/cpu';
import { enableRelaxedSimd } from '@nextx/core/node';
import { gpuWeightFormats, webgpuSupports } from '@nextx/core/webgpu';
import type { CacheFormat, GpuWeightFormat } from '@nextx/core/webgpu';
import type { ImageModel } from '@nextx/image';
import { nativeRows, type ActiveEngine } from './engines/engine.ts';
import { openWebgpuExecutor, type AdapterExecutor } from './open-webgpu-executor.ts';
import type { Arguments } from './terminal/command.ts';
import { choiceOf, numberOption, textOption } from './terminal/option-values.ts';
import { UsageError } from './terminal/usage-error.ts';
import type { World } from './terminal/world.ts';

/** An executor of fused kernels, started for one model. */
export type FusedExecutor = CpuExecutor | AdapterExecutor;

/** The cpu executor, and how it runs. */
interface WantedCpu {
  readonly name: 'cpu';
  readonly format: WeightFormat;
  readonly build?: KernelBuild;
  /** @defaultValue one a core */
  readonly threads?: number;
  /** @defaultValue by the engine */
  readonly engineRows?: number;
}

/** The webgpu executor, and how it runs; it has no use for threads. */
interface WantedWebgpu {
  readonly name: 'webgpu';
  readonly format: GpuWeightFormat;
  readonly cacheFormat?: CacheFormat;
  readonly threads?: number;
}

/** Which executor is wanted; `auto` takes the one of the engine: webgpu on a GPU, else cpu, for what it can run. */
export type WantedExecutor =
  | { readonly name: 'auto'; readonly threads?: number }
  | { readonly name: 'reference'; readonly threads?: number }
  | WantedCpu
  | WantedWebgpu;

/** What will be decoded at once. */
export interface DecodedBatch {
  readonly items: number;
  readonly isGuided: boolean;
}

/** Where an executor starts, and for what. */
export interface StartContext {
  readonly engine: ActiveEngine;
  readonly world: World;
  readonly batch: DecodedBatch;
}

/** What `--executor`, `--format` and `--threads` ask for. @throws {UsageError} for other values. */
export function readExecutor(args: Arguments): WantedExecutor {
  const name = choiceOf('--executor', textOption(args, 'executor') ?? 'auto', [
    'auto',
    'reference',
    'cpu',
    'webgpu',
  ] as const);
  const format = textOption(args, 'format') ?? 'f32';
  const threads = threadsOption(args);
  if (name === 'cpu')
    return { name, format: choiceOf('--format', format, weightFormats), ...threads };
  if (name === 'webgpu') {
    return { name, format: choiceOf('--format', format, gpuWeightFormats), ...threads };
  }
  if (format !== 'f32') {
    throw new UsageError(
      `--format ${format} needs --executor cpu or --executor webgpu, the others keep 32 bits.`,
    );
  }
  return { name, ...threads };
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
 * @throws {UnsupportedError} with the reasons, if an executor was asked for that cannot run the model or does not start.
 * @throws {ResourceError} if it was asked for: OOM if the weights do not fit, NOT_FOUND without a GPU adapter.
 */
export async function startExecutor(
  { model }: ImageModel,
  wanted: WantedExecutor,
  context: StartContext,
): Promise<FusedExecutor | undefined> {
  if (wanted.name === 'reference') return undefined;
  const executor =
    wanted.name === 'auto'
      ? await openAutomatic(model, wanted.threads, context)
      : await openExecutor(model, wanted, context.engine);
  if (executor === undefined) return undefined;
  const support = executor.name === 'webgpu' ? webgpuSupports(model) : cpuSupports(model);
  const remarks = support.isSupported ? (support.remarks ?? []) : [];
  context.world.err(`executor: ${[description(executor), ...remarks].join('; ')}\n`);
  return executor;
}

/** The executor that the engine calls for, or nothing, with the reason said. */
async function openAutomatic(
  model: SequenceModel,
  threads: number | undefined,
  { engine, world, batch }: StartContext,
): Promise<FusedExecutor | undefined> {
  const name = engine.name === 'webgpu' ? 'webgpu' : 'cpu';
  const passOver = (reason: string): undefined => {
    world.err(`executor: operations of the engine decode, because ${reason}\n`);
  };
  const rows = engine.name === 'native' ? rowsOfStep(model, batch) : 0;
  if (rows >= nativeRows) {
    return passOver(`a step has ${Math.round(rows)} rows, at which the native engine is faster`);
  }
  const support = name === 'webgpu' ? webgpuSupports(model) : cpuSupports(model);
  if (!support.isSupported) {
    return passOver(`the ${name} executor cannot run the model: ${support.reasons.join('; ')}`);
  }
  const wanted = { name, format: 'f32', ...(threads !== undefined && { threads }) } as const;
  try {
    const executor = await openExecutor(model, wanted, engine);
    if (executor.fits(model.plan, batch.items, batch.isGuided)) return executor;
    executor.dispose();
    return passOver(
      `${batch.items} items at once need more memory than the ${name} executor has; a smaller --batch fits`,
    );
  } catch (error) {
    if (!(error instanceof ResourceError || error instanceof UnsupportedError)) throw error;
    return passOver(error.message);
  }
}

/** Rows of a step of all sequences together, on average. */
function rowsOfStep({ plan }: SequenceModel, { items, isGuided }: DecodedBatch): number {
  return (planLength(plan) / stepCount(plan)) * items * (isGuided ? 2 : 1);
}

async function openExecutor(
  model: SequenceModel,
  wanted: WantedCpu | WantedWebgpu,
  engine: ActiveEngine,
): Promise<FusedExecutor> {
  if (wanted.name === 'webgpu') {
    const { format, cacheFormat } = wanted;
    return openWebgpuExecutor(model, { format, ...(cacheFormat && { cacheFormat }) });
  }
  const { format, build, threads = availableParallelism(), engineRows } = wanted;
  enableRelaxedSimd();
  const isWide = engine.name === 'native' && format === 'f32';
  return cpuExecutor(model, {
    format,
    threads: Math.min(threads, mostCpuThreads),
    engineRows: engineRows ?? (isWide ? nativeRows : Infinity),
    ...(build && { build }),
  });
}

function description(executor: FusedExecutor): string {
  if (executor.name === 'webgpu') {
    const { format, cacheFormat, adapter } = executor;
    return `webgpu, ${format} with ${cacheFormat} cache, on ${adapter}`;
  }
  const { format, build, threads } = executor;
  return `cpu, ${format}, ${build} SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** An executor in words. */
export function executorName(executor: FusedExecutor | undefined): string {
  return executor === undefined ? 'reference' : `${executor.name} ${executor.format}`;
}
