import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UnsupportedError } from '@nextx/core';
import type * as tfjs from '@tensorflow/tfjs-core';
import { registerFusedKernels } from './fused-kernels.ts';
import { kernelModules } from './kernel-modules.ts';
import { repairKernels } from './kernel-repairs.ts';
import { findInstalled, isUpToDate, type InstalledNative } from './manifest.ts';
import { nativeRoot, type NativeVariant } from './paths.ts';

/** The compiled addon, as far as it is looked at here. */
interface NativeBinding {
  readonly TF_Version: string;
  readonly isUsingGpuDevice: () => boolean;
}

/** The addon that opens libraries quietly: returns an error text, or nothing. */
interface QuietOpener {
  readonly open: (path: string) => string | undefined;
}

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
export const nativeBackendName = 'tensorflow';

/** How to load. */
export interface LoadNativeOptions {
  /** Threads of one operation. Takes effect on the first load in a process. @defaultValue one a core */
  readonly threads?: number;
  /** Whether factors of products are rounded to bfloat16. Takes effect on the first load in a process. @defaultValue false */
  readonly isBf16?: boolean;
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
export async function registerNative(
  tf: typeof tfjs,
  { threads, isBf16 = false, root = nativeRoot() }: LoadNativeOptions = {},
): Promise<LoadedNative> {
  const installed = await findInstalled(root);
  setEnvironment(threads, isBf16);
  const binding = openBinding(installed);
  if (tf.findBackendFactory(nativeBackendName) === null) {
    registerBackend(tf, { installed, binding, isBf16 });
  }
  return {
    tensorflow: binding.TF_Version,
    variant: installed.manifest.variant,
    usesGpu: binding.isUsingGpuDevice(),
    folder: installed.folder,
  };
}

/** TensorFlow reads these when its libraries are opened; what the user has set stays. */
function setEnvironment(threads: number | undefined, isBf16: boolean): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  // Without it TensorFlow takes all memory of a GPU at once.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  if (isBf16) process.env['ONEDNN_DEFAULT_FPMATH_MODE'] = 'BF16';
  if (threads !== undefined) {
    process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
    process.env['OMP_NUM_THREADS'] = String(threads);
  }
}

function openBinding({ folder, manifest }: InstalledNative): NativeBinding {
  const require = createRequire(import.meta.url);
  try {
    const opener = require(join(folder, manifest.opener)) as QuietOpener;
    for (const { path } of manifest.libraries) {
      const problem = opener.open(join(folder, path));
      if (problem !== undefined) throw new Error(problem);
    }
    return require(join(folder, manifest.binding.path)) as NativeBinding;
  } catch (cause) {
    throw new UnsupportedError(
      `native: TensorFlow ${manifest.tensorflow} must load on this machine, got ` +
        `"${cause instanceof Error ? cause.message : String(cause)}". ` +
        'Run "nextx native install" again, or use another engine (wasm).',
      cause,
    );
  }
}

/** What a backend is made of. */
interface Opened {
  readonly installed: InstalledNative;
  readonly binding: NativeBinding;
  readonly isBf16: boolean;
}

function registerBackend(
  tf: typeof tfjs,
  { installed: { folder, manifest }, binding, isBf16 }: Opened,
): void {
  const load = kernelModules({ ...tf, KernelBackend: callable(tf.KernelBackend) });
  const dist = join(folder, 'tfjs-node', 'dist');
  // A cast: the class comes from a file that has no types here.
  const { NodeJSKernelBackend } = load(join(dist, 'nodejs_kernel_backend.js')) as {
    NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => tfjs.KernelBackend;
  };
  load(join(dist, 'register_all_kernels.js'));
  repairKernels(tf, nativeBackendName);
  if (!binding.isUsingGpuDevice() && isUpToDate(manifest)) {
    registerFusedKernels(tf, nativeBackendName, { isBf16 });
  }
  const packageName =
    manifest.variant === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const priority = 3; // above plain JS (1), wasm and webgl (2)
  tf.registerBackend(
    nativeBackendName,
    () => new NodeJSKernelBackend(binding, packageName),
    priority,
  );
}

/** The class as a function that may be called without `new`, as the kernels' ES5 code calls the class it extends. */
function callable(base: new () => tfjs.KernelBackend): (this: object) => tfjs.KernelBackend {
  function construct(this: object): tfjs.KernelBackend {
    const derived = this.constructor as new () => tfjs.KernelBackend; // `this` was made by the derived class
    return Reflect.construct(base, [], derived);
  }
  construct.prototype = base.prototype;
  return construct;
}
