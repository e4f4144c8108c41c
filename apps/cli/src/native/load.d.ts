import { type LoadedNative, type LoadNativeOptions } from './register.ts';
/**
 * Registers the backend `tensorflow`, its kernels and all gradients with this process's `@tensorflow/tfjs-core`; a second
 * call does nothing. It does not activate the backend: `setBackend('tensorflow')` does.
 *
 * @throws {ResourceError} NOT_FOUND where no build is installed, IO where it is damaged.
 * @throws {UnsupportedError} where the build does not load on this machine.
 */
export declare function loadNative(options?: LoadNativeOptions): Promise<LoadedNative>;
//# sourceMappingURL=load.d.ts.map
