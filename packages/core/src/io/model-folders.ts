import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A model on disk, such as one that ships with a package. */
export interface NamedModelFolder {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
}

/** The model folders inside of a folder, by name; none if it is not there. */
export async function modelFolders(root: string): Promise<NamedModelFolder[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(root, name) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
