import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, rename, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CheckpointError } from '../errors.ts';
import { openFile } from './file-source.ts';
import { type ModelFiles, assertPlainName } from './model-files.ts';
import { previousModelFolder } from './save-model.ts';

/**
 * A model folder on disk. Links are followed only inside of it. If a save was interrupted between its two renames, the folder's
 * last complete state is put back first.
 *
 * @throws what `ModelFiles.get` throws, when a file is asked for.
 */
export function folderFiles(dir: string): ModelFiles {
  const root = resolve(dir);
  const locate = async (name: string): Promise<string> => {
    assertPlainName(dir, name);
    await restorePrevious(root);
    const path = join(root, name);
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined && dirname(real) !== (await realpath(root))) {
      throw new CheckpointError(
        `${path}: must be inside of its folder after links are followed, it is ${real}. Copy the file into the folder.`,
        'UNSAFE',
      );
    }
    return path;
  };
  return {
    name: dir,
    get: async (name) => openFile(await locate(name)),
    sha256: async (name) => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(await locate(name))) {
        hash.update(chunk);
      }
      return hash.digest('hex');
    },
  };
}

async function restorePrevious(root: string): Promise<void> {
  const isThere = await stat(root).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await rename(previousModelFolder(root), root).catch(() => undefined);
  }
}
