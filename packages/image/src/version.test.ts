import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { packageVersion } from './version.ts';

it('is the version of package.json', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

  expect(packageVersion).toBe(manifest.version);
});
