import { DataError, type NextxError } from '../errors.ts';

const blockBytes = 65_536;

/**
 * The text of UTF-8 bytes, byte-order mark included.
 *
 * @param where  What is read, as the message should begin.
 * @param error  Makes the error from its message; a `DataError` FORMAT unless given.
 * @throws {DataError} FORMAT (or what `error` makes) naming the offset of the first byte that is not UTF-8.
 */
export function decodeUtf8(
  where: string,
  bytes: Uint8Array,
  error: (message: string) => NextxError = (message) => new DataError(message),
): string {
  try {
    return strictDecoder().decode(bytes);
  } catch {
    throw error(
      `${where}: must be UTF-8 text, byte ${invalidOffset(bytes)} is not. Write the file again as UTF-8.`,
    );
  }
}

function invalidOffset(bytes: Uint8Array): number {
  let begin = 0;
  let decoder = strictDecoder();
  try {
    for (; begin < bytes.byteLength; begin += blockBytes) {
      decoder.decode(bytes.subarray(begin, begin + blockBytes), { stream: true });
    }
    return bytes.byteLength;
  } catch {
    decoder = strictDecoder();
    decoder.decode(bytes.subarray(0, begin), { stream: true });
  }
  let at = begin;
  try {
    for (; at < bytes.byteLength; at += 1) {
      decoder.decode(bytes.subarray(at, at + 1), { stream: true });
    }
  } catch {
    return at;
  }
  return at;
}

function strictDecoder(): InstanceType<typeof TextDecoder> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
}
