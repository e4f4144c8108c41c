import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nativeRoot } from './paths.ts';

/** What was removed. */
export interface RemoveResult {
  /** Folders that are gone, by name. */
  readonly removed: readonly string[];
  /** Bytes that they held. */
  readonly bytes: number;
}

/** Builds and unfinished builds; nothing else in the folder is touched. */
const ownNames = /^(tfjs-node-|\.install-)/;

/** Name of a build's temporary folder, which tells the process that owns it. */
export function stagingName(unique: string): string {
  return `.install-${process.pid}-${unique}`;
}

/** Removes every native build, and what interrupted installations left. Another installation that runs now is spared. */
export async function removeNative(root: string = nativeRoot()): Promise<RemoveResult> {
  const names = (await list(root)).filter((name) => ownNames.test(name) && !isInUse(name));
  return removeAll(root, names);
}

/** Removes what installations left that were ended before they could tidy up. */
export async function removeStale(root: string): Promise<RemoveResult> {
  const names = (await list(root)).filter((name) => name.startsWith('.install-') && !isInUse(name));
  return removeAll(root, names);
}

async function removeAll(root: string, names: readonly string[]): Promise<RemoveResult> {
  let bytes = 0;
  for (const name of names) {
    bytes += await folderBytes(join(root, name));
    await rm(join(root, name), { recursive: true, force: true });
  }
  return { removed: names, bytes };
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function isInUse(name: string): boolean {
  const pid = Number(/^\.install-(\d+)-/.exec(name)?.[1]);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((entry) => stat(join(entry.parentPath, entry.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
