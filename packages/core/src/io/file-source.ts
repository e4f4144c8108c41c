import { open } from 'node:fs/promises';
import { ResourceError } from '../errors.ts';
import { type ByteSource, assertReadRange } from './byte-source.ts';

/** Node refuses reads above 2 GiB, and a read may be shorter than asked. */
const maxReadBytes = 1 << 30;

/**
 * A source over a file on disk. Close it when done.
 *
 * @throws {ResourceError} NOT_FOUND if there is no such file; IO if it cannot be opened or is a folder. Its `read` throws IO
 * when the file was cut or written to since it was opened.
 */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw openFailure(path, cause);
  });
  const opened = await handle.stat();
  if (!opened.isFile()) {
    await handle.close();
    throw new ResourceError(
      `${path}: must be a file, but is a folder or a device. Name a file.`,
      'IO',
    );
  }
  let isClosed = false;
  return {
    name: path,
    size: opened.size,
    read: async (begin, end) => {
      assertReadRange(path, opened.size, begin, end);
      if (isClosed) {
        throw new ResourceError(
          `${path}: is closed and cannot be read. Open it again.`,
          'DISPOSED',
        );
      }
      const bytes = new Uint8Array(end - begin);
      let done = 0;
      while (done < bytes.byteLength) {
        const length = Math.min(maxReadBytes, bytes.byteLength - done);
        const { bytesRead } = await handle.read(bytes, done, length, begin + done);
        if (bytesRead === 0) {
          break;
        }
        done += bytesRead;
      }
      const now = await handle.stat();
      if (done < bytes.byteLength || now.size !== opened.size || now.mtimeMs !== opened.mtimeMs) {
        throw new ResourceError(
          `${path}: must stay as it was opened (${opened.size} bytes), but another program changed it ` +
            `(${now.size} bytes now). Load it again when it is complete.`,
          'IO',
        );
      }
      return bytes;
    },
    close: async () => {
      if (!isClosed) {
        isClosed = true;
        await handle.close();
      }
    },
  };
}

function openFailure(path: string, cause: unknown): ResourceError {
  const code = errorCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ResourceError(
      `${path}: must exist, no such file was found. Check the path.`,
      'NOT_FOUND',
      cause,
    );
  }
  return new ResourceError(
    `${path}: must be readable, but opening it failed (${code ?? String(cause)}). Check its permissions.`,
    'IO',
    cause,
  );
}

function errorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}
