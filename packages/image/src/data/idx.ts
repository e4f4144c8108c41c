import { DataError, UnsupportedError } from '@nextx/core';
import { fileKind } from '../pixels-kind.ts';
import { boundedInflate } from './bounded-inflate.ts';

/** The contents of an idx file of bytes. */
export interface IdxBytes {
  /** Sizes, slowest first; at least one. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Uint8Array;
}

/** Default limit of the data of one idx file: 1 GiB. */
const defaultMaxBytes = 2 ** 30;
const elementTypes: ReadonlyMap<number, string> = new Map([
  [0x09, 'int8'],
  [0x0b, 'int16'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
]);

/**
 * Reads an idx file (the format of MNIST) of unsigned bytes, gzipped or not.
 *
 * @param bytes  The whole file.
 * @param name  The file's name, for messages.
 * @throws {DataError} FORMAT if it is no idx file, is cut or longer than it says; LIMIT over `maxBytes` of data.
 * @throws {UnsupportedError} for another element type than unsigned bytes.
 */
export function readIdx(
  bytes: Uint8Array,
  {
    name = 'idx file',
    maxBytes = defaultMaxBytes,
  }: { readonly name?: string; readonly maxBytes?: number } = {},
): IdxBytes {
  const where = `readIdx: ${name}`;
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const headBytes = 4 + 4 * 255;
  const raw = isGzip
    ? boundedInflate(where, bytes, { kind: 'gzip', maxBytes: maxBytes + headBytes })
    : bytes;
  const shape = readShape(where, raw);
  const start = 4 + 4 * shape.length;
  const expected = shape.reduce((product, side) => product * side, 1);
  if (expected > maxBytes) {
    throw new DataError(
      `${where}: may hold at most ${maxBytes} bytes, the header says ${shape.join(' x ')}. ` +
        `Split the file, or raise maxBytes if the memory allows it.`,
      'LIMIT',
    );
  }
  if (raw.length - start !== expected) {
    throw new DataError(
      `${where}: ${shape.join(' x ')} needs ${expected} bytes after the header, the file has ` +
        `${raw.length - start}. It looks incomplete or damaged: download it again.`,
    );
  }
  // Not subarray: of a Buffer that is a Buffer, whose slice() shares memory.
  return { shape, data: new Uint8Array(raw.buffer, raw.byteOffset + start, expected) };
}

function readShape(where: string, raw: Uint8Array): number[] {
  if (raw.length < 8 || raw[0] !== 0 || raw[1] !== 0 || raw[3] === 0) {
    throw new DataError(
      `${where}: must begin with the idx magic number (0, 0, element type, rank), this is a ` +
        `${fileKind(raw)}. Check which file was given.`,
    );
  }
  if (raw[2] !== 0x08) {
    const type = elementTypes.get(raw[2]);
    if (type === undefined) {
      throw new DataError(
        `${where}: element type must be 0x08 (unsigned bytes), got 0x${raw[2].toString(16)}. ` +
          `Check which file was given.`,
      );
    }
    throw new UnsupportedError(
      `${where}: elements must be unsigned bytes, these are ${type}. Convert the file.`,
    );
  }
  const rank = raw[3];
  if (raw.length < 4 + 4 * rank) {
    throw new DataError(
      `${where}: a header of rank ${rank} needs ${4 + 4 * rank} bytes, the file has ${raw.length}. ` +
        `Download it again.`,
    );
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
}
