import { NextxError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import { findInstalled, isUpToDate } from '../native/manifest.ts';
import { nativeBackendName } from '../native/register.ts';
import { loadNative } from '../native/load.ts';
import type { EngineOptions, EngineStatus, StartedEngine } from './engine-name.ts';

/**
 * Makes TensorFlow's C library compute.
 *
 * @throws {ResourceError} NOT_FOUND where it is not installed, IO where it is damaged.
 * @throws {UnsupportedError} where it does not load.
 */
export async function activateNative(options: EngineOptions): Promise<StartedEngine> {
  const { tensorflow, variant, usesGpu } = await loadNative(options);
  await tf.setBackend(nativeBackendName);
  const started = { name: 'native', version: tensorflow } as const;
  if (variant === 'cpu') return started;
  const note = usesGpu
    ? 'on the CUDA device'
    : 'its CUDA build found no device and runs on the CPU';
  return { ...started, note };
}

/** Rows of a step from which the native engine is faster than the kernels of the cpu executor. */
export const nativeRows = 64;

/** Whether a build is installed; it is not loaded. */
export async function nativeStatus(root?: string): Promise<EngineStatus> {
  try {
    const { manifest, folder } = await findInstalled(root);
    const kind = manifest.variant === 'gpu' ? 'with CUDA' : 'CPU';
    return {
      name: 'native',
      available: true,
      reason: `TensorFlow ${manifest.tensorflow} (${kind}) in ${folder}`,
      ...(!isUpToDate(manifest) && { remedy: 'nextx native install' }),
    };
  } catch (error) {
    if (!(error instanceof NextxError)) throw error;
    const missing = error.code === 'NOT_FOUND';
    return {
      name: 'native',
      available: false,
      reason: missing ? 'not installed' : error.message,
      remedy: missing ? 'nextx native install' : 'nextx native remove && nextx native install',
    };
  }
}
