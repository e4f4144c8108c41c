import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError, ResourceError } from '@nextx/core';

/** How a file is read. */
export interface ReadingOptions {
  /** Stops between pieces. */
  readonly signal?: AbortSignal;
  /** Told after every piece how many bytes of how many are read. */
  readonly onRead?: (done: number, total: number) => void;
}

/**
 * The text of a file, in pieces; a name that ends in `.gz` is a compressed one. UTF-8, and UTF-16 with a byte-order mark.
 *
 * @throws {ResourceError} NOT_FOUND if there is no such file; IO if it cannot be read.
 * @throws {DataError} FORMAT for bytes that are no text or no gzip.
 */
export async function* textChunks(
  path: string,
  { signal, onRead }: ReadingOptions = {},
): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    const { size } = await stat(path);
    for await (const { bytes, bytesRead } of byteChunks(path)) {
      signal?.throwIfAborted();
      onRead?.(bytesRead, size);
      decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
      yield decoder.decode(bytes, { stream: true });
    }
    if (decoder) yield decoder.decode();
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** The bytes of a file, of a compressed one as they were, and how many bytes of the file are read. */
async function* byteChunks(
  path: string,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly bytesRead: number }> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!path.endsWith('.gz')) {
    for await (const bytes of file) yield { bytes, bytesRead: file.bytesRead };
    return;
  }
  const unzipped = new PassThrough();
  const done = pipeline(file, createGunzip(), unzipped);
  // The failure of the pipeline reaches the reader through `unzipped`; this keeps it from being unhandled meanwhile.
  done.catch(() => undefined);
  for await (const bytes of unzipped) yield { bytes, bytesRead: file.bytesRead };
  await done;
}

function encodingOf(bytes: Uint8Array): string {
  const mark = 256 * (bytes[0] ?? 0) + (bytes[1] ?? 0);
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
}

function readFailure(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ResourceError(
      `${path}: must exist, no such file was found. Check the path.`,
      'NOT_FOUND',
      cause,
    );
  }
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new DataError(
      `${path}: must be text in UTF-8 or UTF-16, other bytes were found. Save it as UTF-8.`,
      'FORMAT',
      cause,
    );
  }
  if (code?.startsWith('Z_')) {
    return new DataError(
      `${path}: must be a whole gzip file, got: ${String(cause)}. Fetch it again.`,
      'FORMAT',
      cause,
    );
  }
  return code === undefined
    ? cause
    : new ResourceError(
        `${path}: must be readable, but reading it failed (${code}). Check its permissions.`,
        'IO',
        cause,
      );
}
