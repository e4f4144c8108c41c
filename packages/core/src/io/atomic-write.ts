import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NextxError, ResourceError } from '../errors.ts';
import {
  type WriterFs,
  nodeFs,
  saveFailure,
  syncFolder,
  systemCode,
  writeDurably,
  writeFully,
} from './writer-fs.ts';

/** Settings of `writeFileAtomic` and what is built on it; the defaults suit everything but tests. */
export interface AtomicWriteOptions {
  /** @defaultValue the machine's file system */
  readonly fs?: WriterFs;
  /** Wait before each of the two retries, in milliseconds: network disks fail for moments. @defaultValue 200 */
  readonly pauseMs?: number;
}

/**
 * Writes a file so that its name always holds the old bytes or the new ones, whole, also after a crash or a power cut: a
 * temporary file next to the target, fsync, rename, fsync of the folder. Mode bits of an existing file are kept, a link is
 * followed, and a device (`/dev/stdout`) is written straight to.
 *
 * @throws {ResourceError} IO, or NOT_FOUND when the folder is not there, after two retries; the temporary file is removed.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array,
  { fs = nodeFs, pauseMs = 200 }: AtomicWriteOptions = {},
): Promise<void> {
  await withRetries(path, pauseMs, async () => {
    const { kind, mode } = await fs.stat(path);
    if (kind === 'folder') {
      throw new ResourceError(`${path}: must name a file, but is a folder. Add a file name.`, 'IO');
    }
    if (kind === 'device') {
      await writeToDevice(fs, path, bytes);
      return;
    }
    const target = kind === 'file' ? await fs.realpath(path) : path;
    await replaceFile(fs, target, { bytes, mode: kind === 'file' ? mode : undefined });
  });
}

/**
 * Runs a save, twice more if it fails for a reason that may pass.
 *
 * @param path  For the message.
 * @throws {ResourceError} IO or NOT_FOUND with the last reason.
 */
export async function withRetries(
  path: string,
  pauseMs: number,
  save: () => Promise<void>,
): Promise<void> {
  for (let retriesLeft = 2; ; retriesLeft -= 1) {
    try {
      await save();
      return;
    } catch (error) {
      if (error instanceof NextxError) {
        throw error;
      }
      if (retriesLeft === 0 || permanent.has(systemCode(error) ?? '')) {
        throw saveFailure(path, error);
      }
      await setTimeout(pauseMs);
    }
  }
}

/** A name next to a target that no other writer takes; it begins with a dot and ends with `.tmp`. */
export function temporaryName(target: string): string {
  return join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`);
}

/** Failures that waiting does not mend. */
const permanent: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENAMETOOLONG',
]);

async function replaceFile(
  fs: WriterFs,
  target: string,
  { bytes, mode }: { readonly bytes: Uint8Array; readonly mode: number | undefined },
): Promise<void> {
  const temporary = temporaryName(target);
  try {
    await writeDurably(fs, temporary, bytes, mode);
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.remove(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(fs, dirname(target));
}

async function writeToDevice(fs: WriterFs, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.open(path, 'w');
  try {
    await writeFully(handle, bytes);
  } finally {
    await handle.close();
  }
}
