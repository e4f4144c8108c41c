import { CheckpointError, UnsupportedError } from '../errors.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { type DType, byteLengthOf, dtypes, isDType } from './dtype.ts';
import type { TensorInfo } from './host-tensor.ts';
import { type JsonValue, parseStrictJson } from './strict-json.ts';

/** Where a tensor lies: bytes `[begin, end)` of the file. */
export interface SafetensorsEntry extends TensorInfo {
  readonly begin: number;
  readonly end: number;
}

/** What a safetensors file says of itself. */
export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** Header length and shortest file that the format allows. */
const maxHeaderBytes = 100_000_000;
export const lengthFieldBytes = 8;

/**
 * The header's length, from the first 8 bytes of a file.
 *
 * @param fileSize  The file's real length in bytes; the length field is checked against it.
 * @throws {CheckpointError} LIMIT above 100 000 000, FORMAT when the header does not fit into the file.
 */
export function headerLength(where: string, first8: Uint8Array, fileSize: number): number {
  if (fileSize < lengthFieldBytes) {
    throw new CheckpointError(
      `${where}: a safetensors file must begin with its length, this one has ${fileSize} bytes, ` +
        `shorter than the 8-byte length field. Download it again.`,
    );
  }
  const view = new DataView(first8.buffer, first8.byteOffset, lengthFieldBytes);
  const length = view.getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw new CheckpointError(
      `${where}: a header may have ${maxHeaderBytes} bytes, this one claims ${length}. Is it a safetensors file?`,
      'LIMIT',
    );
  }
  const available = fileSize - lengthFieldBytes;
  if (length > available) {
    throw new CheckpointError(
      `${where}: header runs past end of file: it claims ${length} bytes, the file has ${available} more. Download it again.`,
    );
  }
  if (length < 2) {
    throw new CheckpointError(
      `${where}: the header must be a JSON object, ${length} bytes cannot hold one. Is it a safetensors file?`,
    );
  }
  return Number(length);
}

/**
 * Reads and checks a header by all rules of the format.
 *
 * @param bytes  The header's JSON, without the length field.
 * @param fileSize  The file's real length in bytes.
 * @throws {CheckpointError} FORMAT naming the tensor and the rule.
 * @throws {UnsupportedError} for an unknown element type.
 */
export function parseSafetensorsHeader(
  where: string,
  bytes: Uint8Array,
  fileSize: number,
): SafetensorsHeader {
  const error = (message: string) => new CheckpointError(message);
  if (bytes[0] !== 0x7b) {
    throw error(`${where}: the header must begin with "{". Is it a safetensors file?`);
  }
  const text = decodeUtf8(`${where}: header`, bytes, error);
  const json = parseStrictJson(`${where}: header`, text, {
    maxDepth: 4,
    integersOnly: true,
    error,
  });
  const dataBegin = lengthFieldBytes + bytes.byteLength;
  let metadata: ReadonlyMap<string, string> = new Map();
  const entries: [string, SafetensorsEntry][] = [];
  for (const [name, value] of Object.entries(asObject(`${where}: header`, json))) {
    if (name === '__metadata__') {
      metadata = readMetadata(where, value);
    } else {
      entries.push([name, readEntry(`${where}: tensor ${JSON.stringify(name)}`, value, dataBegin)]);
    }
  }
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  assertTiling(where, entries, dataBegin, fileSize);
  return { metadata, tensors: new Map(entries) };
}

function readMetadata(where: string, value: JsonValue): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(asObject(`${where}: __metadata__`, value))) {
    if (typeof text !== 'string') {
      throw new CheckpointError(
        `${where}: __metadata__ must map names to strings, ${JSON.stringify(key)} is ${typeof text}. Write the file again.`,
      );
    }
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(where: string, value: JsonValue, dataBegin: number): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets, ...others } = asObject(where, value);
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    throw new CheckpointError(
      `${where}: must have dtype, shape and data_offsets only, got ${JSON.stringify(unknown[0])} too. Write the file again.`,
    );
  }
  const type = readDType(where, dtype);
  const sizes = readIntegers(`${where}: shape`, shape);
  const ends = readIntegers(`${where}: data_offsets`, offsets);
  const [begin, end] = ends;
  if (ends.length !== 2 || begin > end) {
    throw new CheckpointError(
      `${where}: data_offsets must be two numbers in order, got [${ends.join(', ')}]. Write the file again.`,
    );
  }
  const expected = byteLengthOf(type, sizes);
  if (expected !== end - begin) {
    throw new CheckpointError(
      `${where}: ${type} [${sizes.join(', ')}] takes ${expected ?? 'no possible number of'} bytes, ` +
        `data_offsets hold ${end - begin}. Write the file again.`,
    );
  }
  return { dtype: type, shape: sizes, begin: dataBegin + begin, end: dataBegin + end };
}

function readDType(where: string, value: JsonValue | undefined): DType {
  if (typeof value !== 'string') {
    throw new CheckpointError(`${where}: dtype must be a string. Write the file again.`);
  }
  if (!isDType(value)) {
    throw new UnsupportedError(
      `${where}: dtype must be one of ${dtypes.join(', ')}, got ${JSON.stringify(value.slice(0, 40))}. ` +
        `Convert the file with the tool that wrote it.`,
    );
  }
  return value;
}

function readIntegers(where: string, value: JsonValue | undefined): number[] {
  if (!Array.isArray(value)) {
    throw new CheckpointError(`${where}: must be an array of integers. Write the file again.`);
  }
  return value.map((item) => {
    if (typeof item !== 'number' || item < 0 || Object.is(item, -0)) {
      throw new CheckpointError(
        `${where}: must hold integers of at least 0, got ${JSON.stringify(item)}. Write the file again.`,
      );
    }
    return item;
  });
}

function asObject(where: string, value: JsonValue): { readonly [key: string]: JsonValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CheckpointError(`${where}: must be a JSON object. Write the file again.`);
  }
  return value;
}

function assertTiling(
  where: string,
  entries: readonly [string, SafetensorsEntry][],
  dataBegin: number,
  fileSize: number,
): void {
  let position = dataBegin;
  let previous = 'the header';
  for (const [name, { begin, end }] of entries) {
    const label = JSON.stringify(name);
    if (begin < position) {
      throw new CheckpointError(
        `${where}: tensors must not overlap, ${label} begins at byte ${begin} inside of ${previous}. Write the file again.`,
      );
    }
    if (begin > position) {
      throw new CheckpointError(
        `${where}: tensors must touch, there is a hole from byte ${position} to ${begin} between ${previous} and ${label}. ` +
          `Write the file again.`,
      );
    }
    position = end;
    previous = label;
  }
  if (position > fileSize) {
    throw new CheckpointError(
      `${where}: the file looks incomplete: its tensors end at byte ${position}, ${position - fileSize} bytes are missing. ` +
        `Download it again.`,
    );
  }
  if (position < fileSize) {
    throw new CheckpointError(
      `${where}: the tensors must end with the file, there is a hole from byte ${position} to ${fileSize}. Write the file again.`,
    );
  }
}
