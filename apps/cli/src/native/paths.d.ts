/** CPU only, or with the CUDA libraries beside it. */
export type NativeVariant = 'cpu' | 'gpu';
/** Release of `@tensorflow/tfjs-node` whose binding sources and kernels are used; equal to the tfjs of this command. */
export declare const tfjsNodeVersion = '4.22.0';
/**
 * Folder that holds every native build: `$XDG_CACHE_HOME/nextx/native`, or `~/.cache/nextx/native`.
 *
 * @param env  Environment to read. @defaultValue `process.env`
 */
export declare function nativeRoot(env?: NodeJS.ProcessEnv): string;
/** Name of one build's folder inside `nativeRoot`: release, system, processor, variant. */
export declare function nativeKey(variant: NativeVariant): string;
//# sourceMappingURL=paths.d.ts.map
