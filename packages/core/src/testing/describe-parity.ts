import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixtureFolder, hasFixture } from './fixture-path.ts';

/** Where the fixtures of some tests are. */
export interface ParitySource {
  readonly modality: string;
  readonly system: string;
  /** The file that tells whether they are there. @defaultValue 'config.json' */
  readonly file?: string;
}

/**
 * Declares tests that compare with the fixtures of one system, and prints the folder they are taken from. Where the
 * fixtures are absent nothing is declared but one skipped test that names the file.
 *
 * @param declare  Declares the tests; may read the fixtures at once.
 */
export function describeParity(
  title: string,
  { modality, system, file = 'config.json' }: ParitySource,
  declare: () => void,
): void {
  const path = join(fixtureFolder(modality, system), file);
  const isAbsent = !hasFixture(modality, system, file);
  process.stdout.write(`${title}: ${isAbsent ? 'skipped, there is no' : 'parity with'} ${path}\n`);
  describe.skipIf(isAbsent)(`${title}, parity with ${path}`, () => {
    const tests = isAbsent ? () => declareAbsence(path) : declare;
    tests();
  });
}

function declareAbsence(path: string): void {
  it('compares with fixtures that are absent', () => {
    expect.fail(`there is no ${path}`);
  });
}
