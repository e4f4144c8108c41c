import { ResourceError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { type HostTensor, type TensorReader, hostTensor } from './host-tensor.ts';
import {
  type SafetensorsEntry,
  headerLength,
  lengthFieldBytes,
  parseSafetensorsHeader,
} from './safetensors-header.ts';

/** An open safetensors file: its header is in memory, its tensors are not. */
export interface SafetensorsFile extends TensorReader {
  /** Names in the order of their bytes. */
  readonly names: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /** Reads one tensor's bytes, and no others. */
  read(name: string): Promise<HostTensor>;
  /** Reads all tensors in few large reads, for sources where each read costs a round trip. */
  readAll(): Promise<Map<string, HostTensor>>;
  /** Closes the source. Safe to call twice. */
  close(): Promise<void>;
}

/** `readAll` joins neighbors up to this many bytes into one read. */
const maxJoinedBytes = 64 * 2 ** 20;

/**
 * Opens a safetensors file: reads and checks the header only. Tensors come by `read`, each by the range of its bytes.
 *
 * @throws {CheckpointError} FORMAT or LIMIT with the rule that the file breaks.
 * @throws {UnsupportedError} for an element type outside of the format's list.
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const first8 = await source.read(0, Math.min(lengthFieldBytes, source.size));
  const length = headerLength(source.name, first8, source.size);
  const header = await source.read(lengthFieldBytes, lengthFieldBytes + length);
  const { metadata, tensors } = parseSafetensorsHeader(source.name, header, source.size);
  return {
    names: [...tensors.keys()],
    metadata,
    tensors,
    read: (name) => readTensor(source, tensors, name),
    readAll: () => readAll(source, tensors),
    close: async () => source.close?.(),
  };
}

async function readTensor(
  source: ByteSource,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  name: string,
): Promise<HostTensor> {
  const entry = tensors.get(name);
  if (entry === undefined) {
    throw new ResourceError(
      `${source.name}: has no tensor ${JSON.stringify(name)}. Read one of its ${tensors.size} names.`,
      'NOT_FOUND',
    );
  }
  const where = `${source.name}: tensor ${JSON.stringify(name)}`;
  return hostTensor(where, entry, await source.read(entry.begin, entry.end));
}

async function readAll(
  source: ByteSource,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  for (const group of joinNeighbors([...tensors])) {
    const begin = group[0][1].begin;
    const end = group[group.length - 1][1].end;
    const bytes = await source.read(begin, end);
    for (const [name, entry] of group) {
      const where = `${source.name}: tensor ${JSON.stringify(name)}`;
      const own = bytes.subarray(entry.begin - begin, entry.end - begin);
      all.set(name, hostTensor(where, entry, own));
    }
  }
  return all;
}

function joinNeighbors(
  entries: readonly [string, SafetensorsEntry][],
): [string, SafetensorsEntry][][] {
  const groups: [string, SafetensorsEntry][][] = [];
  for (const entry of entries) {
    const group = groups.at(-1);
    if (group !== undefined && entry[1].end - group[0][1].begin <= maxJoinedBytes) {
      group.push(entry);
    } else {
      groups.push([entry]);
    }
  }
  return groups;
}
