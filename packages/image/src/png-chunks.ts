import { DataError } from '@nextx/core';
import { fileKind } from './pixels-kind.ts';

/** One chunk of a PNG file. */
export interface PngChunk {
  /** Four letters: `IHDR`, `IDAT`, ... */
  readonly type: string;
  /** A view into the file's bytes. */
  readonly data: Uint8Array;
}

const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const crcTable: Uint32Array = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/**
 * Splits a PNG file into its chunks, one at a time, so that a bad header is refused before the rest is looked at.
 *
 * @throws {DataError} FORMAT if it is no PNG file, is cut, has a wrong checksum or does not begin with IHDR or end with IEND.
 */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  if (!signature.every((value, i) => bytes[i] === value)) {
    throw new DataError(
      `decodePng: a PNG file must begin with its signature, this is a ${fileKind(bytes)}. ` +
        `Give a PNG file, or check where the file came from.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = signature.length;
  let type = '';
  while (type !== 'IEND') {
    const first = type === '';
    if (at + 12 > bytes.length) throw cutShort(at + 12 - bytes.length);
    const length = view.getUint32(at);
    if (length > bytes.length - at - 12) throw cutShort(at + 12 + length - bytes.length);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (first !== (type === 'IHDR')) {
      throw new DataError(
        `decodePng: IHDR must be the first chunk and come once, got "${printable(type)}" at byte ${at}. ` +
          `The file is damaged.`,
      );
    }
    const stored = view.getUint32(at + 8 + length);
    if (stored !== crc32(bytes.subarray(at + 4, at + 8 + length))) {
      throw new DataError(
        `decodePng: chunk "${printable(type)}" at byte ${at} has a wrong checksum. Download the file again.`,
      );
    }
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** A PNG file of the given chunks, each with its length and checksum. */
export function joinPngChunks(chunks: readonly PngChunk[]): Uint8Array {
  const total = chunks.reduce((sum, { data }) => sum + 12 + data.length, signature.length);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  bytes.set(signature);
  let at = signature.length;
  for (const { type, data } of chunks) {
    view.setUint32(at, data.length);
    for (let i = 0; i < 4; i++) bytes[at + 4 + i] = type.charCodeAt(i);
    bytes.set(data, at + 8);
    view.setUint32(at + 8 + data.length, crc32(bytes.subarray(at + 4, at + 8 + data.length)));
    at += 12 + data.length;
  }
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function cutShort(missing: number): DataError {
  return new DataError(
    `decodePng: the file must go on to its IEND chunk, at least ${missing} bytes are missing. ` +
      `It looks incomplete: download it again.`,
  );
}

function printable(type: string): string {
  return type.replace(/[^\x20-\x7e]/g, '?');
}
