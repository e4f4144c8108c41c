import { setFlagsFromString } from 'node:v8';
import { fastestBuild } from './machine.ts';

/**
 * Lets this process compile WebAssembly with relaxed SIMD, which Node 20 hides behind a flag of V8 and later
 * releases have without. Affects everything that the process compiles afterwards; for applications, not packages.
 *
 * @returns whether the relaxed build of the cpu executor's kernels runs now.
 */
export function enableRelaxedSimd(): boolean {
  if (fastestBuild() === 'relaxed') return true;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return fastestBuild() === 'relaxed';
}
