import * as tf from '@tensorflow/tfjs-core';
import { registerNative } from './register.js';
/**
 * Registers the backend `tensorflow`, its kernels and all gradients with this process's `@tensorflow/tfjs-core`; a second
 * call does nothing. It does not activate the backend: `setBackend('tensorflow')` does.
 *
 * @throws {ResourceError} NOT_FOUND where no build is installed, IO where it is damaged.
 * @throws {UnsupportedError} where the build does not load on this machine.
 */
export async function loadNative(options = {}) {
  await import('@tensorflow/tfjs'); // the union package registers the gradients
  return registerNative(tf, options);
}
//# sourceMappingURL=load.js.map
