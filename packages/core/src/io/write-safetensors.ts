import { OptionError, ShapeError } from '../errors.ts';
import { byteLengthOf, dtypes } from './dtype.ts';
import { type HostTensor, type TensorInfo, hostTensorBytes } from './host-tensor.ts';

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
  const all = [...tensors];
  for (const [name, tensor] of all) assertDataFits(name, tensor);
  const { head, names } = safetensorsHead(all, metadata);
  const byName = new Map(all);
  const dataLength = all.reduce((total, [, tensor]) => total + tensor.data.byteLength, 0);
  const file = new Uint8Array(head.byteLength + dataLength);
  file.set(head);
  let at = head.byteLength;
  for (const name of names) {
    // `names` are those of `all`.
    const bytes = hostTensorBytes(byName.get(name) as HostTensor);
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}

/** The beginning of a safetensors file, and the order in which the bytes of its tensors follow. */
export interface SafetensorsHead {
  /** The length field and the padded header. */
  readonly head: Uint8Array;
  readonly names: readonly string[];
}

/**
 * What `writeSafetensors` puts before the data, for files that are written tensor by tensor.
 *
 * @throws {OptionError} as `writeSafetensors`.
 */
export function safetensorsHead(
  tensors: Iterable<readonly [name: string, info: TensorInfo]>,
  metadata?: Readonly<Record<string, string>>,
): SafetensorsHead {
  const entries = sorted(tensors);
  const header = paddedHeader(entries, metadata);
  const head = new Uint8Array(8 + header.byteLength);
  new DataView(head.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  head.set(header, 8);
  return { head, names: entries.map(([name]) => name) };
}

/**
 * Refuses a tensor whose data has another size than its type and shape ask for.
 *
 * @throws {ShapeError} naming the tensor.
 */
export function assertDataFits(name: string, { dtype, shape, data }: HostTensor): void {
  const expected = byteLengthOf(dtype, shape);
  if (expected !== data.byteLength) {
    throw new ShapeError(
      `writeSafetensors: tensor ${JSON.stringify(name)}: ${dtype} [${shape.join(', ')}] takes ` +
        `${String(expected)} bytes, its data has ${data.byteLength}. Give the shape of the data.`,
    );
  }
}

type Entry = readonly [name: string, info: TensorInfo];

function sorted(tensors: Iterable<Entry>): Entry[] {
  const entries = [...tensors];
  const names = new Set<string>();
  for (const [name] of entries) {
    assertName(name, names);
    names.add(name);
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
  for (const [name, { dtype, shape }] of entries) {
    const end = begin + (byteLengthOf(dtype, shape) ?? 0);
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
