/** What a CommonJS file of the unpacked kernels exports. */
export type ModuleExports = Record<string, unknown>;
/**
 * Loader of the CommonJS files of an unpacked `@tensorflow/tfjs-node`.
 * Their `require('@tensorflow/tfjs')` gives `tfjs`, the caller's own instance, so that no second tensor engine arises and
 * no `node_modules` folder is looked at or changed. `util` gets back `isNullOrUndefined`, which Node 23 removed.
 *
 * @param tfjs  The namespace of the application's `@tensorflow/tfjs-core`.
 * @returns A function that loads a file by its absolute path; each file is evaluated once.
 */
export declare function kernelModules(tfjs: object): (file: string) => ModuleExports;
//# sourceMappingURL=kernel-modules.d.ts.map
