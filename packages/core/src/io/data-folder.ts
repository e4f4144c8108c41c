import { resolve } from 'node:path';

/**
 * Folder of the data sets: the environment variable `NEXTX_DATA`, relative to `root` when it is not absolute;
 * `../shared/data` beside `root` when unset. It need not exist.
 */
export function dataFolder(root: string): string {
  return resolve(root, process.env['NEXTX_DATA'] ?? '../shared/data');
}
