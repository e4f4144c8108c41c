import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand, type RunCommand } from './command.ts';
import type { NativeVariant } from './paths.ts';

/** Stages of an installation, in order. */
export type InstallStep = 'check' | 'download' | 'unpack' | 'compile' | 'verify' | 'done';

/** What an installation says while it works. */
export interface InstallProgress {
  readonly step: InstallStep;
  /** For a person, without a final full stop. */
  readonly message: string;
  /** Bytes fetched so far and, where known, in all. */
  readonly bytes?: { readonly done: number; readonly total?: number };
}

/** What an installation needs of the machine; tests pass fakes. */
export interface InstallWorld {
  readonly run: RunCommand;
  /** Bytes that may still be written to the disk of a folder that exists. */
  readonly freeBytes: (folder: string) => Promise<number>;
  /** Subresource-integrity text that the tarball of the binding's sources must have. */
  readonly sourcesIntegrity: string;
  /** Where this Node's own headers would be. */
  readonly nodeInclude: string;
}

/** One running installation: its folders, and what all its steps share. */
export interface InstallContext {
  readonly world: InstallWorld;
  readonly variant: NativeVariant;
  /** Folder of downloads and of everything that goes away. */
  readonly scratch: string;
  /** Folder that becomes the build. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly report: (progress: InstallProgress) => void;
}

/** This machine as it is. */
export function realWorld(): InstallWorld {
  return {
    run: runCommand,
    freeBytes: async (folder) => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    // What the registry states for @tensorflow/tfjs-node 4.22.0.
    sourcesIntegrity:
      'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
    nodeInclude: join(dirname(process.execPath), '..', 'include', 'node'),
  };
}
