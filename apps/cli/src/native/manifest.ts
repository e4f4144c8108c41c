import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceError } from '@nextx/core';
import * as z from 'zod/mini';
import { operationsChecksum } from './operation-sources.ts';
import { nativeKey, nativeRoot, type NativeVariant } from './paths.ts';

/** A file of the build, relative to its folder. */
export interface NativeFile {
  readonly path: string;
  readonly bytes: number;
}

/** What one finished build says of itself, in `manifest.json`, written last. */
export interface NativeManifest {
  readonly format: 2;
  readonly variant: NativeVariant;
  /** Release of the binding sources and kernels. */
  readonly tfjsNode: string;
  /** Release of the TensorFlow library. */
  readonly tensorflow: string;
  /** The compiled Node addon and its SHA-256. */
  readonly binding: NativeFile & { readonly sha256: string };
  /** Addon that opens the libraries without their start-up messages. */
  readonly opener: string;
  /** Libraries in the order in which they are opened. */
  readonly libraries: readonly NativeFile[];
  /** SHA-256 of the sources of the fused operations; absent in early builds. */
  readonly operations?: string | undefined;
  /** ISO date. */
  readonly builtAt: string;
}

/** A build found on disk. */
export interface InstalledNative {
  readonly folder: string;
  readonly manifest: NativeManifest;
}

const file = z.strictObject({ path: z.string(), bytes: z.number() });
const schema = z.object({
  format: z.literal(2),
  variant: z.enum(['cpu', 'gpu']),
  tfjsNode: z.string(),
  tensorflow: z.string(),
  binding: z.strictObject({ path: z.string(), bytes: z.number(), sha256: z.string() }),
  opener: z.string(),
  libraries: z.array(file),
  operations: z.optional(z.string()),
  builtAt: z.string(),
});

/** Whether a build has the operations of this release; one of another release computes without any. */
export function isUpToDate({ operations }: NativeManifest): boolean {
  return operations === operationsChecksum;
}

/**
 * The build of one variant, checked for completeness (every file there, of its recorded size).
 *
 * @returns `undefined` where none is installed.
 * @throws {ResourceError} IO if a build is there but damaged.
 */
export async function readInstalled(
  variant: NativeVariant,
  root: string = nativeRoot(),
): Promise<InstalledNative | undefined> {
  const folder = join(root, nativeKey(variant));
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch {
    return undefined;
  }
  const manifest = parseManifest(text, folder);
  for (const { path, bytes } of [manifest.binding, ...manifest.libraries]) {
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found?.size !== bytes) {
      throw damaged(folder, `${path} must have ${bytes} bytes, got ${found?.size ?? 'no file'}`);
    }
  }
  return { folder, manifest };
}

/**
 * The build to use: CUDA if installed, else CPU.
 *
 * @throws {ResourceError} NOT_FOUND if there is none, IO if it is damaged.
 */
export async function findInstalled(root: string = nativeRoot()): Promise<InstalledNative> {
  const found = (await readInstalled('gpu', root)) ?? (await readInstalled('cpu', root));
  if (found === undefined) {
    throw new ResourceError(
      `native: a build must be installed, ${root} has none for ${process.platform}-${process.arch}. ` +
        'Run "nextx native install".',
      'NOT_FOUND',
    );
  }
  return found;
}

function parseManifest(text: string, folder: string): NativeManifest {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(folder, 'manifest.json must be one that nextx wrote', cause);
  }
}

function damaged(folder: string, what: string, cause?: unknown): ResourceError {
  return new ResourceError(
    `native: ${what} (${folder}). Run "nextx native remove" and "nextx native install".`,
    'IO',
    cause,
  );
}
