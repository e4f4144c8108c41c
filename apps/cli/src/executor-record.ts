import { weightFormats } from '@nextx/core/cpu';
import type { KernelBuild, WeightFormat } from '@nextx/core/cpu';
import { gpuWeightFormats } from '@nextx/core/webgpu';
import type { CacheFormat, GpuWeightFormat } from '@nextx/core/webgpu';
import * as z from 'zod/mini';
import type { FusedExecutor, WantedExecutor } from './start-executor.ts';

/** What a picture's record says of the executor that drew its tokens; absent: tfjs operations. */
export type ExecutorRecord =
  | {
      readonly name: 'cpu';
      readonly format: WeightFormat;
      readonly build: KernelBuild;
      /** Rows from which the engine multiplied; absent: never. */
      readonly engineRows?: number;
    }
  | {
      readonly name: 'webgpu';
      readonly format: GpuWeightFormat;
      readonly cacheFormat: CacheFormat;
      /** The adapter's name, as its driver gives it. */
      readonly adapter: string;
    };

/** What a record may say of an executor. */
export const executorRecordSchema: z.ZodMiniType<ExecutorRecord> = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('cpu'),
    format: z.enum(weightFormats),
    build: z.enum(['relaxed', 'plain']),
    engineRows: z.exactOptional(z.int().check(z.minimum(0))),
  }),
  z.strictObject({
    name: z.literal('webgpu'),
    format: z.enum(gpuWeightFormats),
    cacheFormat: z.enum(['f32', 'f16']),
    adapter: z.string(),
  }),
]);

/** What a record keeps of an executor. */
export function executorRecord(executor: FusedExecutor | undefined): ExecutorRecord | undefined {
  if (executor === undefined) return undefined;
  if (executor.name === 'webgpu') {
    const { name, format, cacheFormat, adapter } = executor;
    return { name, format, cacheFormat, adapter };
  }
  const { name, format, build, engineRows } = executor;
  return { name, format, build, ...(Number.isFinite(engineRows) && { engineRows }) };
}

/** What a record asks for; records of tfjs operations have none. */
export function recordedExecutor(record: ExecutorRecord | undefined): WantedExecutor {
  if (record === undefined) return { name: 'reference' };
  return record.name === 'webgpu' ? record : { engineRows: Infinity, ...record };
}
