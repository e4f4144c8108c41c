import type * as tfjs from '@tensorflow/tfjs-core';
import { type NativeVariant } from './paths.ts';
/** What was loaded. */
export interface LoadedNative {
  /** Release of TensorFlow, `2.21.0`. */
  readonly tensorflow: string;
  /** Which build it is. */
  readonly variant: NativeVariant;
  /** True where TensorFlow found a CUDA device and puts its work there. */
  readonly usesGpu: boolean;
  /** Folder of the build. */
  readonly folder: string;
}
/** Name under which tfjs knows the native backend. */
export declare const nativeBackendName = 'tensorflow';
/** How to load. */
export interface LoadNativeOptions {
  /** Threads of one operation. Takes effect on the first load in a process. @defaultValue one a core */
  readonly threads?: number;
  /** Folder of the builds. @defaultValue `nativeRoot()` */
  readonly root?: string;
}
/**
 * Registers the backend `tensorflow` and its kernels with one instance of tfjs-core. It does not activate the backend,
 * and it registers no gradients.
 *
 * @param tf  The namespace of the application's `@tensorflow/tfjs-core`.
 * @throws {ResourceError} NOT_FOUND where no build is installed, IO where it is damaged.
 * @throws {UnsupportedError} where the build does not load on this machine.
 */
export declare function registerNative(
  tf: typeof tfjs,
  { threads, root }?: LoadNativeOptions,
): Promise<LoadedNative>;
//# sourceMappingURL=register.d.ts.map
