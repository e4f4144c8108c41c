import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Names of Chromium and Chrome on the path, in the order in which they are tried. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The Chromium of this machine: the one that NEXTX_CHROMIUM names, else the first on the path.
 *
 * @returns its path; nothing where there is none.
 */
export function findChromium(
  { NEXTX_CHROMIUM: named, PATH: path = '' }: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (named !== undefined && named !== '') return isProgram(named) ? named : undefined;
  return names
    .flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
