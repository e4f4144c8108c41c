import { ResourceError } from '../errors.ts';

/** Bytes that are read by ranges: a file, a Blob, a URL, or memory. */
export interface ByteSource {
  /** For messages: a file name or an address. */
  readonly name: string;
  /** Total length in bytes. */
  readonly size: number;
  /**
   * The bytes `[begin, end)`: exactly `end - begin` of them, owned by the caller as far as the source's kind allows
   * (a memory source gives a view of its own bytes: do not write to the result).
   *
   * @throws {ResourceError} IO if the bytes cannot be read or the source has changed since it was opened.
   */
  read(begin: number, end: number): Promise<Uint8Array>;
  /** Frees what the source holds (a file handle). Safe to call twice. */
  close?(): Promise<void>;
}

/** A source over bytes in memory; they are borrowed, and what `read` gives are views of them. */
export function bytesSource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (begin, end) => {
      assertReadRange(name, bytes.byteLength, begin, end);
      return bytes.subarray(begin, end);
    },
  };
}

/** A source over a Blob or a File that a page was given. */
export function blobSource(blob: Blob & { readonly name?: string }, name?: string): ByteSource {
  const label = name ?? blob.name ?? 'blob';
  return {
    name: label,
    size: blob.size,
    read: async (begin, end) => {
      assertReadRange(label, blob.size, begin, end);
      try {
        return new Uint8Array(await blob.slice(begin, end).arrayBuffer());
      } catch (cause) {
        throw new ResourceError(
          `${label}: bytes ${begin} to ${end} cannot be read, the file may have changed. Choose it again.`,
          'IO',
          cause,
        );
      }
    },
  };
}

/**
 * Refuses a range outside of a source, for makers of further sources.
 *
 * @throws {ResourceError} IO unless 0 <= begin <= end <= size.
 */
export function assertReadRange(name: string, size: number, begin: number, end: number): void {
  const fits = Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0;
  if (!fits || begin > end || end > size) {
    throw new ResourceError(
      `${name}: bytes ${begin} to ${end} must lie inside its ${size} bytes. Is the file complete?`,
      'IO',
    );
  }
}
