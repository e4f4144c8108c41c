import { CheckpointError, ResourceError, UnsupportedError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { byteLengthOf } from './dtype.ts';
import { foreignFormat, foreignFormatBytes } from './foreign-format.ts';
import type { HostTensor, TensorReader } from './host-tensor.ts';
import { parsePickle } from './pickle.ts';
import { flattenTensors } from './flatten-tensors.ts';
import {
  type PyTorchTensor,
  assertTensorFits,
  elementRange,
  gatherTensor,
} from './pytorch-tensor.ts';
import { pytorchWorld } from './pytorch-world.ts';
import { type ZipArchive, openZip } from './zip-archive.ts';
import type { ZipEntry } from './zip-directory.ts';

/** An open PyTorch checkpoint: its structure is in memory, its tensors are not. */
export interface PyTorchCheckpoint extends TensorReader {
  /** By the path of dictionary keys and list indices, joined with dots: `{"model": {"x": ...}}` gives `model.x`. */
  readonly tensors: ReadonlyMap<string, PyTorchTensor>;
  /** Reads one tensor's bytes, and no others; a view is copied into row-major order. */
  read(name: string): Promise<HostTensor>;
  /** What was saved: Maps for dictionaries, arrays for lists and tuples, descriptions for tensors. */
  readonly structure: unknown;
  /** Closes the source. Safe to call twice. */
  close(): Promise<void>;
}

/** Settings of `openPyTorch`. */
export interface PyTorchOptions {
  /** Allow views more than 16 times as large as their storage (`expand`). @defaultValue false */
  readonly allowExpanded?: boolean;
}

const maxPickleBytes = 256 * 2 ** 20;

/**
 * Opens what `torch.save` wrote (zip format, PyTorch 1.6 and later). Nothing in the file is run: its pickle is read by a
 * machine that knows a closed list of names. Only the directory and the pickle are read; tensors come by range.
 *
 * @throws {CheckpointError} UNSAFE when the pickle asks for anything else; FORMAT when the file is damaged, naming the tensor;
 * LIMIT for a view far larger than its storage.
 * @throws {UnsupportedError} for older PyTorch files, TorchScript and other formats, naming what the file looks like.
 */
export async function openPyTorch(
  source: ByteSource,
  { allowExpanded = false }: PyTorchOptions = {},
): Promise<PyTorchCheckpoint> {
  await assertZip(source);
  const zip = await openZip(source);
  const prefix = findPrefix(source, zip);
  const structure = await readStructure(source, zip, zip.entries.get(`${prefix}data.pkl`));
  const tensors = flattenTensors(source.name, structure);
  const members = new Map<string, ZipEntry>();
  for (const [name, tensor] of tensors) {
    const { key } = tensor.storage;
    const entry = zip.entries.get(`${prefix}data/${key}`);
    const where = labelOf(source, name);
    if (entry === undefined) {
      throw new CheckpointError(
        `${where}: its storage ${JSON.stringify(key)} must be in the file, it is not. Download it again.`,
      );
    }
    assertTensorFits(where, tensor, entry.size, allowExpanded);
    members.set(key, entry);
  }
  return {
    tensors,
    structure,
    read: async (name) => {
      const tensor = tensors.get(name);
      const entry = tensor === undefined ? undefined : members.get(tensor.storage.key);
      if (tensor === undefined || entry === undefined) {
        throw new ResourceError(
          `${source.name}: has no tensor ${JSON.stringify(name)}. Read one of its ${tensors.size} names.`,
          'NOT_FOUND',
        );
      }
      const itemBytes = byteLengthOf(tensor.dtype, [1]) ?? 1;
      const [begin, end] = elementRange(tensor);
      const bytes = await zip.read(entry, begin * itemBytes, end * itemBytes);
      return gatherTensor(labelOf(source, name), tensor, bytes);
    },
    close: async () => source.close?.(),
  };
}

async function assertZip(source: ByteSource): Promise<void> {
  const head = await source.read(0, Math.min(foreignFormatBytes, source.size));
  if (head[0] === 0x50 && head[1] === 0x4b) {
    return;
  }
  const format = foreignFormat(head);
  if (format === undefined) {
    throw new CheckpointError(
      `${source.name}: must be a checkpoint of torch.save, its ${source.size} bytes begin like no known format. ` +
        `Download it again.`,
    );
  }
  throw new UnsupportedError(
    `${source.name}: must be a checkpoint of torch.save, it looks like ${format.kind}. ${format.remedy}`,
  );
}

function findPrefix(source: ByteSource, zip: ZipArchive): string {
  const names = [...zip.entries.keys()];
  const pickles = names.filter((name) => /^(.*\/)?data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw new CheckpointError(
      `${source.name}: must hold one data.pkl, it holds ${pickles.length}. Is it a checkpoint of torch.save?`,
    );
  }
  const prefix = pickles[0].slice(0, -'data.pkl'.length);
  if (zip.entries.has(`${prefix}constants.pkl`)) {
    throw new UnsupportedError(
      `${source.name}: must be a checkpoint of torch.save, it looks like TorchScript, which is a program. ` +
        `Save its weights: torch.save(torch.jit.load(old).state_dict(), new).`,
    );
  }
  const order = zip.entries.get(`${prefix}byteorder`);
  if (order !== undefined && order.size === 3) {
    throw new UnsupportedError(
      `${source.name}: must be little-endian, it was saved big-endian. Save it again on a little-endian machine.`,
    );
  }
  return prefix;
}

async function readStructure(
  source: ByteSource,
  zip: ZipArchive,
  entry: ZipEntry | undefined,
): Promise<unknown> {
  if (entry === undefined || entry.size > maxPickleBytes) {
    throw new CheckpointError(
      `${source.name}: data.pkl may have ${maxPickleBytes} bytes, it has ${entry?.size ?? 0}. Save a plain state dict.`,
      'LIMIT',
    );
  }
  const bytes = await zip.read(entry, 0, entry.size);
  return parsePickle(source.name, bytes, pytorchWorld(source.name));
}

function labelOf(source: ByteSource, name: string): string {
  return `${source.name}: tensor ${JSON.stringify(name)}`;
}
