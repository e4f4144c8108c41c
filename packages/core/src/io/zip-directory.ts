import { CheckpointError, UnsupportedError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeUtf8 } from './decode-utf8.ts';

/** A member of a zip file as its directory lists it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  /** Bytes in the file and bytes when unpacked. */
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
  /** Where its own header begins in the file. */
  readonly headerBegin: number;
}

/** The members by name, and where the directory begins in the file. */
export interface ZipDirectory {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly begin: number;
}

/**
 * Reads the central directory of a zip file (also zip64), and nothing else.
 *
 * @throws {CheckpointError} FORMAT when it is missing (a file that was cut), damaged, or names a member twice.
 * @throws {UnsupportedError} for encrypted members, several disks, and methods other than stored and deflated.
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipDirectory> {
  const { begin, end, count } = await findDirectory(source);
  const bytes = await source.read(begin, end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, ZipEntry>();
  let packedTotal = 0;
  for (let at = 0; at < bytes.byteLength;) {
    if (at + entryBytes > bytes.byteLength || view.getUint32(at, true) !== entrySignature) {
      throw damaged(source, `its directory is broken at byte ${begin + at}`);
    }
    const { entry, next } = readEntry(source, view, at);
    if (entries.has(entry.name)) {
      throw damaged(source, `it names the member ${JSON.stringify(entry.name)} twice`);
    }
    packedTotal += entry.packedSize;
    if (entry.headerBegin + entry.packedSize > begin || packedTotal > begin) {
      throw damaged(source, `its member ${JSON.stringify(entry.name)} runs past the end`);
    }
    entries.set(entry.name, entry);
    at = next;
  }
  if (entries.size !== count) {
    throw damaged(source, `its directory must list ${count} members, it has ${entries.size}`);
  }
  return { entries, begin };
}

const endSignature = 0x06054b50;
const endBytes = 22;
const locatorSignature = 0x07064b50;
const locatorBytes = 20;
const end64Signature = 0x06064b50;
const end64Bytes = 56;
const entrySignature = 0x02014b50;
const entryBytes = 46;

interface DirectoryPlace {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  const tailBegin = Math.max(0, source.size - endBytes - 0xffff);
  const tail = await source.read(tailBegin, source.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  let at = tail.byteLength - endBytes;
  while (at >= 0 && !isEndRecord(view, at)) {
    at -= 1;
  }
  if (at < 0) {
    throw damaged(source, 'it looks incomplete: the directory at its end is missing');
  }
  const size = view.getUint32(at + 12, true);
  const begin = view.getUint32(at + 16, true);
  const count = view.getUint16(at + 10, true);
  const endBegin = tailBegin + at;
  const is64 = size === 0xffffffff || begin === 0xffffffff || count === 0xffff;
  const place = is64
    ? await findDirectory64(source, endBegin)
    : { begin, end: begin + size, count };
  if (place.begin > place.end || place.end > endBegin) {
    throw damaged(source, 'its directory runs past the end');
  }
  return place;
}

function isEndRecord(view: DataView, at: number): boolean {
  return (
    view.getUint32(at, true) === endSignature &&
    at + endBytes + view.getUint16(at + 20, true) === view.byteLength
  );
}

async function findDirectory64(source: ByteSource, endBegin: number): Promise<DirectoryPlace> {
  const locatorBegin = endBegin - locatorBytes;
  if (locatorBegin < end64Bytes) {
    throw damaged(source, 'its zip64 locator is missing');
  }
  const locator = viewOf(await source.read(locatorBegin, endBegin));
  const recordBegin = Number(locator.getBigUint64(8, true));
  if (locator.getUint32(0, true) !== locatorSignature || recordBegin + end64Bytes > locatorBegin) {
    throw damaged(source, 'its zip64 locator is broken');
  }
  const record = viewOf(await source.read(recordBegin, recordBegin + end64Bytes));
  if (record.getUint32(0, true) !== end64Signature) {
    throw damaged(source, 'its zip64 record is broken');
  }
  const begin = Number(record.getBigUint64(48, true));
  const end = begin + Number(record.getBigUint64(40, true));
  return { begin, end, count: Number(record.getBigUint64(32, true)) };
}

function readEntry(
  source: ByteSource,
  view: DataView,
  at: number,
): { readonly entry: ZipEntry; readonly next: number } {
  const nameEnd = at + entryBytes + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > view.byteLength) {
    throw damaged(source, 'its directory is broken at the end');
  }
  const nameBytes = new Uint8Array(
    view.buffer,
    view.byteOffset + at + entryBytes,
    nameEnd - at - entryBytes,
  );
  const name = decodeUtf8(source.name, nameBytes, (message) => new CheckpointError(message));
  const label = JSON.stringify(name);
  if (view.getUint16(at + 8, true) & 1) {
    throw new UnsupportedError(
      `${source.name}: zip member ${label} is encrypted. Unpack it and pack it without a password.`,
    );
  }
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8) {
    throw new UnsupportedError(
      `${source.name}: zip member ${label} must be stored or deflated, got method ${method}. Pack it again as plain zip.`,
    );
  }
  const sizes = readSizes(source, view, { at, extraBegin: nameEnd, extraEnd });
  if (method === 0 && sizes.size !== sizes.packedSize) {
    throw damaged(
      source,
      `its stored member ${label} has two sizes, ${sizes.size} and ${sizes.packedSize}`,
    );
  }
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, method: method === 0 ? 'stored' : 'deflated', crc, ...sizes }, next };
}

interface EntryPlace {
  readonly at: number;
  readonly extraBegin: number;
  readonly extraEnd: number;
}

/** The 32-bit fields, or in their place (where they are all ones) those of the zip64 extra field, in this order. */
function readSizes(
  source: ByteSource,
  view: DataView,
  { at, extraBegin, extraEnd }: EntryPlace,
): Pick<ZipEntry, 'size' | 'packedSize' | 'headerBegin'> {
  let wideAt = extraEnd;
  let wideEnd = extraEnd;
  for (let extra = extraBegin; extra + 4 <= extraEnd;) {
    const end = extra + 4 + view.getUint16(extra + 2, true);
    if (view.getUint16(extra, true) === 1 && end <= extraEnd) {
      wideAt = extra + 4;
      wideEnd = end;
    }
    extra = end;
  }
  const read = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    if (value !== 0xffffffff) {
      return value;
    }
    if (wideAt + 8 > wideEnd) {
      throw damaged(source, 'a zip64 size is missing');
    }
    wideAt += 8;
    return Number(view.getBigUint64(wideAt - 8, true));
  };
  const size = read(24);
  const packedSize = read(20);
  return { size, packedSize, headerBegin: read(42) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(source: ByteSource, what: string): CheckpointError {
  return new CheckpointError(
    `${source.name}: must be a whole zip file, but ${what}. Download it again.`,
  );
}
