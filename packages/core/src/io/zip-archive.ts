import { Inflate } from 'fflate';
import { CheckpointError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { type ZipEntry, readZipDirectory } from './zip-directory.ts';

/** An open zip file: its directory is in memory, its members are not. */
export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * The bytes `[begin, end)` of a member. Of a stored member only these are read; a deflated one is inflated whole.
   *
   * @throws {CheckpointError} FORMAT when the member is damaged.
   */
  read(entry: ZipEntry, begin: number, end: number): Promise<Uint8Array>;
}

/**
 * Opens a zip file by its central directory, by ranges: nothing but the directory is read.
 *
 * @throws {CheckpointError} FORMAT when the directory is missing (a file that was cut), damaged, or names a member twice.
 * @throws {UnsupportedError} for encrypted members, several disks, and methods other than stored and deflated.
 */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const { entries, begin: directoryBegin } = await readZipDirectory(source);
  const dataBegins = new Map<string, number>();
  const locate = async (entry: ZipEntry): Promise<number> => {
    const known = dataBegins.get(entry.name);
    if (known !== undefined) {
      return known;
    }
    const begin = await findData(source, entry, directoryBegin);
    dataBegins.set(entry.name, begin);
    return begin;
  };
  return {
    entries,
    read: async (entry, begin, end) => {
      if (begin < 0 || begin > end || end > entry.size) {
        throw damaged(
          source,
          entry,
          `has ${entry.size} bytes, bytes ${begin} to ${end} were asked for`,
        );
      }
      const dataBegin = await locate(entry);
      if (entry.method === 'stored') {
        return source.read(dataBegin + begin, dataBegin + end);
      }
      const packed = await source.read(dataBegin, dataBegin + entry.packedSize);
      return inflate(source, entry, packed).subarray(begin, end);
    },
  };
}

const localHeaderBytes = 30;
const localSignature = 0x04034b50;

async function findData(
  source: ByteSource,
  entry: ZipEntry,
  directoryBegin: number,
): Promise<number> {
  const { headerBegin, name, packedSize } = entry;
  const headerEnd = headerBegin + localHeaderBytes;
  if (headerEnd > directoryBegin) {
    throw damaged(source, entry, 'begins inside of the directory');
  }
  const header = await source.read(headerBegin, headerEnd);
  const view = new DataView(header.buffer, header.byteOffset, localHeaderBytes);
  const nameEnd = headerEnd + view.getUint16(26, true);
  const begin = nameEnd + view.getUint16(28, true);
  if (view.getUint32(0, true) !== localSignature || begin + packedSize > directoryBegin) {
    throw damaged(source, entry, 'has no header where the directory says, or runs past the end');
  }
  const localName = decodeUtf8(
    source.name,
    await source.read(headerEnd, nameEnd),
    (message) => new CheckpointError(message),
  );
  if (localName !== name) {
    throw damaged(source, entry, `is called ${JSON.stringify(localName)} in its own header`);
  }
  return begin;
}

/** Compressed bytes given to the inflater at once: they can grow a thousandfold. */
const inflateStep = 16_384;

function inflate(source: ByteSource, entry: ZipEntry, packed: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const inflater = new Inflate((chunk) => {
    size += chunk.byteLength;
    chunks.push(chunk);
  });
  try {
    for (let at = 0; at < packed.byteLength && size <= entry.size; at += inflateStep) {
      inflater.push(packed.subarray(at, at + inflateStep), at + inflateStep >= packed.byteLength);
    }
  } catch (cause) {
    throw damaged(source, entry, `cannot be inflated (${String(cause)})`);
  }
  if (size !== entry.size) {
    throw damaged(
      source,
      entry,
      `must inflate to ${entry.size} bytes, got ${size > entry.size ? 'more' : size}`,
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  if (crc32(bytes) !== entry.crc) {
    throw damaged(source, entry, 'has another checksum than the directory says');
  }
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) {
      value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    return value;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff];
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function damaged(source: ByteSource, { name }: ZipEntry, what: string): CheckpointError {
  return new CheckpointError(
    `${source.name}: zip member ${JSON.stringify(name)} ${what}. The file is damaged: download it again.`,
  );
}
