import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nativeKey } from './paths.ts';
import { removeNative, removeStale, stagingName } from './remove.ts';

const endedProcess = 2 ** 22 + 1; // above the largest process number of Linux
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-remove-'));
  for (const name of [
    nativeKey('cpu'),
    stagingName('mine'),
    `.install-${endedProcess}-a`,
    'notes',
  ]) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'file'), 'ten bytes.');
  }
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('removeNative', () => {
  it('removes builds and what was left unfinished, and tells how much', async () => {
    const { removed, bytes } = await removeNative(root);

    expect(removed.toSorted()).toEqual([`.install-${endedProcess}-a`, nativeKey('cpu')]);
    expect(bytes).toBe(20);
  });

  it('spares an installation that runs, and what is not its own', async () => {
    await removeNative(root);

    expect((await readdir(root)).toSorted()).toEqual([stagingName('mine'), 'notes']);
  });

  it('removes nothing where nothing is', async () => {
    expect(await removeNative(join(root, 'absent'))).toEqual({ removed: [], bytes: 0 });
  });
});

describe('removeStale', () => {
  it('leaves builds alone', async () => {
    await removeStale(root);

    expect(await readdir(root)).toContain(nativeKey('cpu'));
    expect(await readdir(root)).not.toContain(`.install-${endedProcess}-a`);
  });
});
