import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, sep } from 'node:path';
import { NextxError, UnsupportedError } from '@nextx/core';
import { accelerateWasm, mostCpuThreads } from '@nextx/core/cpu';
import type { WasmProducts } from '@nextx/core/cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineOptions, EngineStatus, StartedEngine } from './engine-name.ts';

/** The kernels of nextx in the engine, once they are there. */
let products: Promise<WasmProducts> | undefined;

/**
 * Makes WebAssembly compute. tfjs itself uses one thread in Node: large products and convolutions go to the kernels of the
 * cpu executor, whose results do not depend on the number of threads.
 *
 * @throws {UnsupportedError} where the WebAssembly module does not start.
 */
export async function activateWasm({
  threads = availableParallelism(),
  isAccelerated = true,
}: EngineOptions = {}): Promise<StartedEngine> {
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  await import('@tensorflow/tfjs'); // registers the gradients
  if (tf.findBackend('wasm') === null) setWasmPaths(wasmFolder());
  if (!(await tf.setBackend('wasm'))) {
    throw new UnsupportedError(
      'engine: WebAssembly must start in this Node, it did not. Use the engine cpu.',
    );
  }
  const note = isAccelerated ? await accelerate(Math.min(threads, mostCpuThreads)) : undefined;
  return { name: 'wasm', version, ...(note !== undefined && { note }) };
}

/** Without threads or memory for them, the engine goes on with its own kernels. @returns what a person should know. */
async function accelerate(threads: number): Promise<string | undefined> {
  try {
    products ??= accelerateWasm({ threads });
    await products;
    return undefined;
  } catch (error) {
    products = undefined;
    if (!(error instanceof NextxError)) throw error;
    return `with one thread: ${error.message}`;
  }
}

/** Whether this Node runs WebAssembly; every one that nextx supports has its SIMD instructions. */
export function wasmStatus(): EngineStatus {
  if ('WebAssembly' in globalThis) {
    return { name: 'wasm', available: true, reason: 'part of this command (SIMD)' };
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
