import { OptionError } from '../../errors.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import type { GpuDevice } from './device.ts';
import { gpuWeightFormats } from './gpu-weight-format.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';

/** How the webgpu executor runs. */
export interface WebgpuExecutorOptions {
  /** The device, borrowed: ask its adapter for the limits of the model. */
  readonly device: GpuDevice;
  /** How the matrices of the blocks are stored. @defaultValue 'f32' */
  readonly format?: GpuWeightFormat;
  /** How keys and values are stored. @defaultValue f32 with f32 weights, else f16 */
  readonly cacheFormat?: CacheFormat;
  /** Bytes that weights, cache and rows may take together. @defaultValue what the device gives */
  readonly memoryBytes?: number;
  /** Steps that are encoded together, at least 1. @defaultValue as many as take some milliseconds */
  readonly sliceSteps?: number;
  /**
   * Workgroups of 256 lanes that compute all blocks of a step of few rows in one dispatch, where the device runs so many
   * at the same time, which is tried first; 0 for a dispatch
   * each product. @defaultValue on NVIDIA 128, or a quarter of the width if that is less; else 0
   */
  readonly persistentWorkgroups?: number;
}

/** @throws {OptionError} for a value that is out of range. */
export function assertOptions({
  device,
  format = 'f32',
  memoryBytes = 1,
  sliceSteps = 1,
  persistentWorkgroups = 0,
}: WebgpuExecutorOptions): void {
  if (!gpuWeightFormats.includes(format)) {
    throw new OptionError(
      `webgpuExecutor: format must be one of ${gpuWeightFormats.join(', ')}, got ${String(format)}. Use f32 for exact weights.`,
    );
  }
  if (!(memoryBytes > 0)) {
    throw new OptionError(
      `webgpuExecutor: memoryBytes must be more than 0, got ${memoryBytes}. Leave it out for what the device gives.`,
    );
  }
  if (!Number.isInteger(sliceSteps) || sliceSteps < 1) {
    throw new OptionError(
      `webgpuExecutor: sliceSteps must be a whole number of at least 1, got ${sliceSteps}. Leave it out.`,
    );
  }
  if (persistentWorkgroups === 0) return;
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  if (
    !Number.isInteger(persistentWorkgroups) ||
    persistentWorkgroups < 0 ||
    persistentWorkgroups > most
  ) {
    throw new OptionError(
      `webgpuExecutor: persistentWorkgroups must be a whole number from 0 to ${most}, got ${persistentWorkgroups}. Leave it out.`,
    );
  }
}
