import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * Folder of the numeric fixtures of one system, `<fixtures>/<modality>/<system>`.
 * `<fixtures>` is the environment variable `NEXTX_FIXTURES`, relative to the repository's root when it
 * is not absolute, and the repository's own `fixtures` when unset. The folder need not exist.
 */
export function fixtureFolder(modality: string, system: string): string {
  const chosen = process.env['NEXTX_FIXTURES'] ?? 'fixtures';
  const base = isAbsolute(chosen) ? chosen : join(repositoryRoot, chosen);
  return join(base, modality, system);
}

/** Whether the fixtures of a system are there; with `file`, whether that file of theirs is. */
export function hasFixture(modality: string, system: string, file = ''): boolean {
  return existsSync(join(fixtureFolder(modality, system), file));
}

/**
 * Parsed JSON file of a system's fixtures. The type is the caller's claim about the file; nothing checks it.
 *
 * @throws the file system's own error if the file is absent.
 */
export function readFixtureJson<T>(modality: string, system: string, file: string): T {
  const text = readFileSync(join(fixtureFolder(modality, system), file), 'utf8');
  // Tests assert every number they read, so a false claim fails there.
  return JSON.parse(text) as T;
}
