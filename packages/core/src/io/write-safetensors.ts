import { OptionError, ShapeError } from '../errors.ts';
import { byteLengthOf, dtypes } from './dtype.ts';
import { type HostTensor, hostTensorBytes } from './host-tensor.ts';

/**
 * The bytes of a safetensors file, ordered and padded as the format's other writers do: tensors by type, then by name, the
 * header padded with spaces to a multiple of 8.
 *
 * @param metadata  Written as `__metadata__`, keys in the order given.
 * @throws {OptionError} ARG for a name that comes twice, is `__metadata__`, or is not well-formed Unicode.
 * @throws {ShapeError} if data and shape of a tensor differ in size.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: HostTensor]>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = sorted(tensors);
  const header = paddedHeader(entries, metadata);
  const dataLength = entries.reduce((total, [, tensor]) => total + tensor.data.byteLength, 0);
  const file = new Uint8Array(8 + header.byteLength + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  file.set(header, 8);
  let at = 8 + header.byteLength;
  for (const [, tensor] of entries) {
    file.set(hostTensorBytes(tensor), at);
    at += tensor.data.byteLength;
  }
  return file;
}

type Entry = readonly [name: string, tensor: HostTensor];

function sorted(tensors: Iterable<Entry>): Entry[] {
  const entries = [...tensors];
  const names = new Set<string>();
  for (const [name, tensor] of entries) {
    assertName(name, names);
    names.add(name);
    const expected = byteLengthOf(tensor.dtype, tensor.shape);
    if (expected !== tensor.data.byteLength) {
      throw new ShapeError(
        `writeSafetensors: tensor ${JSON.stringify(name)}: ${tensor.dtype} [${tensor.shape.join(', ')}] takes ` +
          `${String(expected)} bytes, its data has ${tensor.data.byteLength}. Give the shape of the data.`,
      );
    }
  }
  const rank = new Map<string, number>(dtypes.map((dtype, index) => [dtype, index]));
  return entries.sort(
    ([nameA, a], [nameB, b]) =>
      (rank.get(a.dtype) ?? 0) - (rank.get(b.dtype) ?? 0) || compareCodePoints(nameA, nameB),
  );
}

function assertName(name: string, names: ReadonlySet<string>): void {
  if (name === '__metadata__' || names.has(name) || hasLoneSurrogate(name)) {
    throw new OptionError(
      `writeSafetensors: names must be well-formed, stand once, and not be "__metadata__", got ${JSON.stringify(name)}. ` +
        `Rename the tensor.`,
    );
  }
}

function paddedHeader(
  entries: readonly Entry[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const items: string[] = [];
  if (metadata !== undefined) {
    if (Object.entries(metadata).flat().some(hasLoneSurrogate)) {
      throw new OptionError(
        'writeSafetensors: metadata must be well-formed Unicode, got half of a surrogate pair. Correct the text.',
      );
    }
    items.push(`"__metadata__":${JSON.stringify(metadata)}`);
  }
  let begin = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const end = begin + data.byteLength;
    const entry = JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
    items.push(`${JSON.stringify(name)}:${entry}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${items.join(',')}}`);
  const header = new Uint8Array(Math.ceil(json.byteLength / 8) * 8).fill(0x20);
  header.set(json);
  return header;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Cs}/u.test(text);
}

/** Order of UTF-8 bytes, which is that of code points and differs from that of UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) {
    const difference = (left[i].codePointAt(0) ?? 0) - (right[i].codePointAt(0) ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
}
