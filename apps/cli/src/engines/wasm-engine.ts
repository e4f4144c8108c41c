import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { UnsupportedError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineStatus, StartedEngine } from './engine-name.ts';

/**
 * Makes WebAssembly compute, on one thread: tfjs starts its threaded build in browsers only.
 *
 * @throws {UnsupportedError} where the WebAssembly module does not start.
 */
export async function activateWasm(): Promise<StartedEngine> {
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  await import('@tensorflow/tfjs'); // registers the gradients
  if (tf.findBackend('wasm') === null) setWasmPaths(wasmFolder());
  if (!(await tf.setBackend('wasm'))) {
    throw new UnsupportedError(
      'engine: WebAssembly must start in this Node, it did not. Use the engine cpu.',
    );
  }
  return { name: 'wasm', version };
}

/** Whether this Node runs WebAssembly; every one that nextx supports has its SIMD instructions. */
export function wasmStatus(): EngineStatus {
  if ('WebAssembly' in globalThis) {
    return { name: 'wasm', available: true, reason: 'part of this command (SIMD, one thread)' };
  }
  return {
    name: 'wasm',
    available: false,
    reason: 'this Node runs without WebAssembly',
    remedy: 'start Node without --jitless',
  };
}

/** Folder of the `.wasm` files, with its final separator, as `setWasmPaths` wants it. */
function wasmFolder(): string {
  const require = createRequire(import.meta.url);
  return dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep;
}
