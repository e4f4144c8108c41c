import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { ResourceError } from '../errors.ts';

/** The calls of `node:fs/promises` that nextx writes with: one small set, so that tests can make each of them fail. */
export interface WriterFs {
  open(path: string, flags: string, mode?: number): Promise<WriterHandle>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  realpath(path: string): Promise<string>;
  stat(path: string): Promise<FileKind>;
}

/** What of a file handle is used. */
export type WriterHandle = Pick<FileHandle, 'write' | 'sync' | 'chmod' | 'close'>;

/** What a path is, following links. */
export interface FileKind {
  readonly mode: number;
  readonly kind: 'file' | 'folder' | 'device' | 'absent';
}

/** The machine's file system. */
export const nodeFs: WriterFs = {
  open: (path, flags, mode) => open(path, flags, mode),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  list: (path) => readdir(path),
  realpath: (path) => realpath(path),
  stat: async (path) => {
    try {
      const stats = await stat(path);
      const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'device';
      return { mode: stats.mode & 0o7777, kind };
    } catch (error) {
      if (systemCode(error) === 'ENOENT') {
        return { mode: 0, kind: 'absent' };
      }
      throw error;
    }
  },
};

/** What a file is to hold: all of it, or piece by piece. */
export type FileContent = Uint8Array | AsyncIterable<Uint8Array>;

/** Writes a file whole and makes it durable; the name is not: `syncFolder` does that. */
export async function writeDurably(
  fs: WriterFs,
  path: string,
  content: FileContent,
  mode?: number,
): Promise<void> {
  const handle = await fs.open(path, 'w', mode ?? 0o666);
  try {
    if (mode !== undefined) {
      await handle.chmod(mode);
    }
    if (content instanceof Uint8Array) await writeFully(handle, content);
    else for await (const bytes of content) await writeFully(handle, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes names durable: what was created in or renamed into a folder stays after a power cut. */
export async function syncFolder(fs: WriterFs, path: string): Promise<void> {
  // Windows opens no folders; its renames are journaled.
  if (process.platform === 'win32') {
    return;
  }
  const handle = await fs.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system's name of a failure (`ENOSPC`), if it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on that disk and save again.',
  EDQUOT: 'Free some of your quota and save again.',
  EFBIG: 'Raise the file size limit (ulimit -f) and save again.',
  EACCES: 'Choose a folder that you may write to.',
  EPERM: 'Choose a folder that you may write to.',
  EROFS: 'Choose a folder that you may write to.',
  ENOENT: 'Make the folder first, or correct the path.',
  ENOTDIR: 'Correct the path.',
  EISDIR: 'Name a file, not a folder.',
};

/** The error that reports a failed save, with the remedy for its reason. */
export function saveFailure(path: string, cause: unknown): ResourceError {
  const code = systemCode(cause);
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new ResourceError(
    `${path}: must be written whole, but writing failed (${reason}); what was there before is kept. ` +
      (remedies[code ?? ''] ?? 'Check the disk and save again.'),
    code === 'ENOENT' ? 'NOT_FOUND' : 'IO',
    cause,
  );
}

const maxWriteBytes = 16 * 2 ** 20;

/** Writes all bytes, however few each call takes. */
export async function writeFully(handle: WriterHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const length = Math.min(maxWriteBytes, bytes.byteLength - done);
    const { bytesWritten } = await handle.write(bytes, done, length);
    if (bytesWritten === 0) {
      throw new Error('the system wrote nothing');
    }
    done += bytesWritten;
  }
}
