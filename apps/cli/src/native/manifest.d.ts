import { type NativeVariant } from './paths.ts';
/** A file of the build, relative to its folder. */
export interface NativeFile {
  readonly path: string;
  readonly bytes: number;
}
/** What one finished build says of itself, in `manifest.json`, written last. */
export interface NativeManifest {
  readonly format: 1;
  readonly variant: NativeVariant;
  /** Release of the binding sources and kernels. */
  readonly tfjsNode: string;
  /** Release of the TensorFlow library. */
  readonly tensorflow: string;
  /** The compiled Node addon and its SHA-256. */
  readonly binding: NativeFile & {
    readonly sha256: string;
  };
  /** Addon that opens the libraries without their start-up messages. */
  readonly opener: string;
  /** Libraries in the order in which they are opened. */
  readonly libraries: readonly NativeFile[];
  /** ISO date. */
  readonly builtAt: string;
}
/** A build found on disk. */
export interface InstalledNative {
  readonly folder: string;
  readonly manifest: NativeManifest;
}
/**
 * The build of one variant, checked for completeness (every file there, of its recorded size).
 *
 * @returns `undefined` where none is installed.
 * @throws {ResourceError} IO if a build is there but damaged.
 */
export declare function readInstalled(
  variant: NativeVariant,
  root?: string,
): Promise<InstalledNative | undefined>;
/**
 * The build to use: CUDA if installed, else CPU.
 *
 * @throws {ResourceError} NOT_FOUND if there is none, IO if it is damaged.
 */
export declare function findInstalled(root?: string): Promise<InstalledNative>;
//# sourceMappingURL=manifest.d.ts.map
