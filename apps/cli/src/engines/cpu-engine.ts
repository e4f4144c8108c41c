import { UnsupportedError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineStatus, StartedEngine } from './engine-name.ts';

/** Makes plain JavaScript compute: everywhere, and slowest. */
export async function activateCpu(): Promise<StartedEngine> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  await import('@tensorflow/tfjs'); // registers the gradients
  if (!(await tf.setBackend('cpu'))) {
    throw new UnsupportedError('engine: plain JavaScript must start, it did not. Reinstall nextx.');
  }
  // Its first use in Node prints an advertisement on the error stream, unless this private field is false.
  Object.assign(tf.backend(), { firstUse: false });
  return { name: 'cpu', version };
}

/** Always available. */
export function cpuStatus(): EngineStatus {
  return { name: 'cpu', available: true, reason: 'plain JavaScript: the reference, and slowest' };
}
