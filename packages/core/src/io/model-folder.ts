import { CheckpointError, ResourceError } from '../errors.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';
import { type ModelConfig, readModelConfig } from './model-config.ts';
import type { ModelFiles } from './model-files.ts';
import { type SafetensorsFile, openSafetensors } from './safetensors.ts';
import { Sha256, sha256 } from './sha256.ts';
import { openShardedSafetensors } from './sharded-safetensors.ts';

/** Names of the files of a model folder. */
export const configFileName = 'config.json';
export const weightsFileName = 'model.safetensors';
export const cardFileName = 'README.md';
const indexFileName = `${weightsFileName}.index.json`;

/** A model folder, opened: its config is checked, its weights are not yet read. */
export interface OpenModel {
  readonly config: ModelConfig;
  readonly weights: SafetensorsFile;
  /**
   * SHA-256 in hex of `model.safetensors`; of sharded weights, that of the lines `<sum>  <file>\n`, sorted by file, which
   * `sha256sum` prints.
   */
  readonly checksum: string;
}

/** Weights up to this size are read at once, so that they are downloaded once for their checksum and their tensors. */
const maxBufferedBytes = 256 * 2 ** 20;

/**
 * Opens a model: `config.json`, and `model.safetensors` or the shards of `model.safetensors.index.json`. Close the weights when
 * their tensors are read.
 *
 * @throws {ResourceError} NOT_FOUND naming the missing file.
 * @throws {OptionError} CONFIG for a wrong or unknown key of the config.
 * @throws {CheckpointError} FORMAT for damaged files, or when the weights are not those that the config's checksum names.
 */
export async function openModel(files: ModelFiles): Promise<OpenModel> {
  const config = await withSource(files, configFileName, readModelConfig);
  const whole = await findFile(files, weightsFileName);
  const { weights, checksum } =
    whole === undefined ? await openShards(files) : await openWhole(files, whole);
  if (config.checksum !== undefined && config.checksum !== checksum) {
    await weights.close();
    throw new CheckpointError(
      `${files.name}: the weights must have the SHA-256 ${config.checksum} that config.json names, they have ${checksum}. ` +
        `Get both files again from one place.`,
    );
  }
  return { config, weights, checksum };
}

type Weights = Pick<OpenModel, 'weights' | 'checksum'>;

async function openWhole(files: ModelFiles, source: ByteSource): Promise<Weights> {
  try {
    if (source.size <= maxBufferedBytes) {
      const bytes = bytesSource(await source.read(0, source.size), source.name);
      await source.close?.();
      return { weights: await openSafetensors(bytes), checksum: await sha256(bytes) };
    }
    const weights = await openSafetensors(source);
    return { weights, checksum: await sumOf(files, weightsFileName, source) };
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

async function openShards(files: ModelFiles): Promise<Weights> {
  const index = await findFile(files, indexFileName);
  if (index === undefined) {
    throw new ResourceError(
      `${files.name}: a model must have ${weightsFileName} or ${indexFileName}, neither was found. Check the folder.`,
      'NOT_FOUND',
    );
  }
  const { weights, shards } = await useAndClose(index, (source) =>
    openShardedSafetensors(files, source),
  );
  const sum = new Sha256();
  for (const shard of shards) {
    const digest = await withSource(files, shard, (source) => sumOf(files, shard, source));
    sum.update(new TextEncoder().encode(`${digest}  ${shard}\n`));
  }
  return { weights, checksum: sum.hex() };
}

function sumOf(files: ModelFiles, name: string, source: ByteSource): Promise<string> {
  return files.sha256 === undefined ? sha256(source) : files.sha256(name);
}

async function findFile(files: ModelFiles, name: string): Promise<ByteSource | undefined> {
  try {
    return await files.get(name);
  } catch (error) {
    if (error instanceof ResourceError && error.code === 'NOT_FOUND') {
      return undefined;
    }
    throw error;
  }
}

async function withSource<T>(
  files: ModelFiles,
  name: string,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  return useAndClose(await files.get(name), use);
}

async function useAndClose<T>(
  source: ByteSource,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  try {
    return await use(source);
  } finally {
    await source.close?.();
  }
}
