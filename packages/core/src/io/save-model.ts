import { type Hash, createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { OptionError } from '../errors.ts';
import { type AtomicWriteOptions, temporaryName, withRetries } from './atomic-write.ts';
import { type HostTensor, type TensorReader, hostTensorBytes } from './host-tensor.ts';
import { type ModelConfig, writeModelConfig } from './model-config.ts';
import { cardFileName, configFileName, weightsFileName } from './model-folder.ts';
import { assertDataFits, safetensorsHead, writeSafetensors } from './write-safetensors.ts';
import { type FileContent, type WriterFs, nodeFs, syncFolder, writeDurably } from './writer-fs.ts';

/** What a model folder holds. */
export interface SavedModel {
  /** Its `checksum` is filled in. */
  readonly config: ModelConfig;
  /** A reader's tensors are read one by one while they are written, so that the model need not fit into memory. */
  readonly tensors: Iterable<readonly [name: string, tensor: HostTensor]> | TensorReader;
  /** The model card, Markdown: data, training command, measured quality, licence. */
  readonly card: string;
  /** The `__metadata__` of the weights. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a model folder whole or not at all: a new folder beside the target, made durable, takes the target's name. A model that
 * was there before is replaced; other files in its folder are kept.
 *
 * @returns the SHA-256 of the weights in hex.
 * @throws {OptionError} ARG when the folder holds something else than a model; CONFIG when the config is not valid.
 * @throws {ResourceError} IO when writing fails; what was there before is kept.
 */
export async function saveModel(
  dir: string,
  model: SavedModel,
  { fs = nodeFs, pauseMs = 200 }: AtomicWriteOptions = {},
): Promise<string> {
  const target = resolve(dir);
  writeModelConfig('saveModel: config', model.config);
  const weights = weightsOf(model);
  let checksum = '';
  await withRetries(dir, pauseMs, async () => {
    await assertReplaceable(fs, target);
    await fs.makeFolder(dirname(target));
    const hash = createHash('sha256');
    await writeFolder(fs, target, async function* files() {
      yield [weightsFileName, hashed(weights(), hash)];
      checksum = hash.digest('hex');
      const encoder = new TextEncoder();
      const config = writeModelConfig('saveModel: config', { ...model.config, checksum });
      yield [configFileName, encoder.encode(config)];
      yield [cardFileName, encoder.encode(model.card)];
    });
  });
  return checksum;
}

/** Pieces of the weights file, anew at each call. */
function weightsOf({ tensors, metadata }: SavedModel): () => AsyncIterable<Uint8Array> {
  if (!('read' in tensors)) {
    const file = writeSafetensors(tensors, metadata);
    return async function* whole() {
      yield file;
    };
  }
  const { head, names } = safetensorsHead(tensors.tensors, metadata);
  return async function* pieces() {
    yield head;
    for (const name of names) {
      const tensor = await tensors.read(name);
      assertDataFits(name, { ...tensor, ...tensors.tensors.get(name) });
      yield hostTensorBytes(tensor);
    }
  };
}

async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  hash: Hash,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const bytes of pieces) {
    hash.update(bytes);
    yield bytes;
  }
}

/**
 * Where the model that is being replaced is, between the two renames of a save. Whoever finds a folder missing looks here.
 */
export function previousModelFolder(target: string): string {
  return join(dirname(target), `.${basename(target)}.previous`);
}

async function assertReplaceable(fs: WriterFs, target: string): Promise<void> {
  const { kind } = await fs.stat(target);
  if (kind === 'absent') {
    return;
  }
  const names = kind === 'folder' ? await fs.list(target) : ['a file of that name'];
  if (names.length > 0 && !names.includes(configFileName)) {
    throw new OptionError(
      `saveModel: ${target} must be a new folder or that of a model, it holds ${names.slice(0, 3).join(', ')}. Choose another folder.`,
    );
  }
}

async function writeFolder(
  fs: WriterFs,
  target: string,
  files: () => AsyncIterable<readonly [name: string, content: FileContent]>,
): Promise<void> {
  const temporary = temporaryName(target);
  try {
    await fs.makeFolder(temporary);
    for await (const [name, content] of files()) {
      await writeDurably(fs, join(temporary, name), content);
    }
    await syncFolder(fs, temporary);
    await swap(fs, temporary, target);
  } catch (error) {
    await fs.remove(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(fs, dirname(target));
}

/** Puts `temporary` in the place of `target`; on failure `target` is as it was. */
async function swap(fs: WriterFs, temporary: string, target: string): Promise<void> {
  const previous = previousModelFolder(target);
  const hasTarget = (await fs.stat(target)).kind === 'folder';
  const hasPrevious = (await fs.stat(previous)).kind === 'folder';
  if (!hasTarget && !hasPrevious) {
    await fs.rename(temporary, target);
    return;
  }
  if (hasTarget) {
    // Left by a save that was interrupted after its renames.
    if (hasPrevious) {
      await moveOthers(fs, previous, target);
    }
    await fs.rename(target, previous);
  }
  try {
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.rename(previous, target).catch(() => undefined);
    throw error;
  }
  await moveOthers(fs, previous, target);
}

/** Moves the files that only the replaced folder has into the new one, and removes what is left. */
async function moveOthers(fs: WriterFs, previous: string, target: string): Promise<void> {
  const present = new Set(await fs.list(target));
  for (const name of await fs.list(previous)) {
    if (!present.has(name)) {
      await fs.rename(join(previous, name), join(target, name));
    }
  }
  await fs.remove(previous);
}
