import { CheckpointError, ResourceError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import type { HostTensor } from './host-tensor.ts';
import { type ModelFiles, assertPlainName } from './model-files.ts';
import { type SafetensorsFile, openSafetensors } from './safetensors.ts';
import type { SafetensorsEntry } from './safetensors-header.ts';
import { parseStrictJson } from './strict-json.ts';

/** The shards of an index, opened as one file. */
export interface ShardedSafetensors {
  readonly weights: SafetensorsFile;
  /** File names of the shards, sorted. */
  readonly shards: readonly string[];
}

/**
 * Opens weights that an index (`model.safetensors.index.json`) spreads over several files of its folder.
 *
 * @throws {CheckpointError} FORMAT when index and shards disagree or two shards hold one tensor; UNSAFE for a shard outside of
 * the folder.
 * @throws {ResourceError} NOT_FOUND for a shard that is not there.
 */
export async function openShardedSafetensors(
  files: ModelFiles,
  index: ByteSource,
): Promise<ShardedSafetensors> {
  const weightMap = await readWeightMap(index);
  const names = [...new Set(weightMap.values())].sort();
  for (const name of names) {
    assertPlainName(index.name, name);
  }
  const shards = new Map<string, SafetensorsFile>();
  try {
    for (const name of names) {
      shards.set(name, await openSafetensors(await files.get(name)));
    }
    return { weights: join(index.name, weightMap, shards), shards: names };
  } catch (error) {
    await closeAll(shards);
    throw error;
  }
}

const maxIndexBytes = 100_000_000;

async function readWeightMap(index: ByteSource): Promise<Map<string, string>> {
  const error = (message: string) => new CheckpointError(message);
  if (index.size > maxIndexBytes) {
    throw new CheckpointError(
      `${index.name}: an index may have ${maxIndexBytes} bytes, it has ${index.size}. Is it the right file?`,
      'LIMIT',
    );
  }
  const text = decodeUtf8(index.name, await index.read(0, index.size), error);
  const json = parseStrictJson(index.name, text, { error });
  const map =
    typeof json === 'object' && json !== null && !Array.isArray(json)
      ? json['weight_map']
      : undefined;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw error(`${index.name}: must have an object "weight_map". Get the file again.`);
  }
  return new Map(
    Object.entries(map).map(([tensor, shard]) => {
      if (typeof shard !== 'string') {
        throw error(
          `${index.name}: weight_map must name a file for ${JSON.stringify(tensor)}. Get the file again.`,
        );
      }
      return [tensor, shard];
    }),
  );
}

function join(
  where: string,
  weightMap: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, SafetensorsFile>,
): SafetensorsFile {
  const owners = new Map<string, SafetensorsFile>();
  const tensors = new Map<string, SafetensorsEntry>();
  const metadata = new Map<string, string>();
  for (const [file, shard] of shards) {
    for (const [name, entry] of shard.tensors) {
      if (weightMap.get(name) !== file || owners.has(name)) {
        const expected = weightMap.get(name) ?? 'no file';
        throw new CheckpointError(
          `${where}: each tensor must be in one shard, ${JSON.stringify(name)} is in ${file} while the index says ${expected}. ` +
            `Get all files again.`,
        );
      }
      owners.set(name, shard);
      tensors.set(name, entry);
    }
    for (const [key, text] of shard.metadata) {
      metadata.set(key, text);
    }
  }
  for (const [name, file] of weightMap) {
    if (!owners.has(name)) {
      throw new CheckpointError(
        `${where}: ${file} must hold the tensor ${JSON.stringify(name)}, it does not. Get all files again.`,
      );
    }
  }
  return {
    names: [...tensors.keys()],
    metadata,
    tensors,
    read: async (name) => {
      const owner = owners.get(name);
      if (owner === undefined) {
        throw new ResourceError(
          `${where}: has no tensor ${JSON.stringify(name)}. Read one of its ${tensors.size} names.`,
          'NOT_FOUND',
        );
      }
      return owner.read(name);
    },
    readAll: async () => {
      const all = new Map<string, HostTensor>();
      for (const shard of shards.values()) {
        for (const [name, tensor] of await shard.readAll()) {
          all.set(name, tensor);
        }
      }
      return all;
    },
    close: () => closeAll(shards),
  };
}

async function closeAll(shards: ReadonlyMap<string, SafetensorsFile>): Promise<void> {
  for (const shard of shards.values()) {
    await shard.close();
  }
}
