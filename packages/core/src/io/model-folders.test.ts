import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { modelFolders } from './model-folders.ts';

it('modelFolders lists folders by name, and none of a root that is not there', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nextx-models-'));
  try {
    await mkdir(join(root, 'b'));
    await mkdir(join(root, 'a'));
    await writeFile(join(root, 'README.md'), '');

    expect(await modelFolders(root)).toEqual([
      { name: 'a', folder: join(root, 'a') },
      { name: 'b', folder: join(root, 'b') },
    ]);
    expect(await modelFolders(join(root, 'none'))).toEqual([]);
  } finally {
    await rm(root, { recursive: true });
  }
});
