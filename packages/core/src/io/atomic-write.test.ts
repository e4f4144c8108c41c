import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { existsSync, lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic-write.ts';
import { failingFs } from './failing-fs.test-support.ts';

const oldBytes = Uint8Array.of(1, 1, 1, 1);
const newBytes = Uint8Array.of(2, 2, 2, 2, 2, 2);
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nextx-atomic-'));
  path = join(folder, 'target.bin');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('makes a new file and leaves nothing beside it', async () => {
    await writeFileAtomic(path, newBytes);

    expect(new Uint8Array(await readFile(path))).toEqual(newBytes);
    expect(await readdir(folder)).toEqual(['target.bin']);
  });

  it('keeps the mode bits of the file that it replaces', async () => {
    await writeFile(path, oldBytes);
    await chmod(path, 0o640);

    await writeFileAtomic(path, newBytes);

    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('replaces what a link points to, and the link stays', async () => {
    await writeFile(path, oldBytes);
    const link = join(folder, 'link.bin');
    await symlink('target.bin', link);

    await writeFileAtomic(link, newBytes);

    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(new Uint8Array(await readFile(path))).toEqual(newBytes);
  });

  it('holds the old bytes or the new, and no leftovers, when every call from the k-th on fails', async () => {
    const { fs, calls } = failingFs(0, 0);
    await writeFile(path, oldBytes);
    await writeFileAtomic(path, newBytes, { fs });

    for (let k = 1; k <= calls(); k += 1) {
      await writeFile(path, oldBytes);
      const failing = failingFs(k, Infinity);
      const saved = writeFileAtomic(path, newBytes, { fs: failing.fs, pauseMs: 0 });
      await expect(saved).rejects.toMatchObject({ code: 'IO' });
      const now = [...(await readFile(path))];
      expect([[...oldBytes], [...newBytes]]).toContainEqual(now);
      expect(await readdir(folder)).toEqual(['target.bin']);
    }
    expect(calls()).toBeGreaterThanOrEqual(9);
  });

  it('succeeds when one call fails once', async () => {
    const { fs, calls } = failingFs(0, 0);
    await writeFile(path, oldBytes);
    await writeFileAtomic(path, newBytes, { fs });

    for (let k = 1; k <= calls(); k += 1) {
      await writeFile(path, oldBytes);
      const { fs: failing } = failingFs(k, k);
      await writeFileAtomic(path, newBytes, { fs: failing, pauseMs: 0 });
      expect(new Uint8Array(await readFile(path))).toEqual(newBytes);
    }
    expect(await readdir(folder)).toEqual(['target.bin']);
  });

  it('puts its temporary file next to the target, wherever the system keeps temporary files (J9)', async () => {
    const opened: string[] = [];
    const { fs } = failingFs(0, 0);
    const watching = {
      ...fs,
      open: (name: string, flags: string, mode?: number) => {
        opened.push(name);
        return fs.open(name, flags, mode);
      },
    };

    await writeFileAtomic(path, newBytes, { fs: watching });

    expect(opened.every((name) => name.startsWith(folder))).toBe(true);
  });

  it('refuses a folder, and a file in a folder that is not there', async () => {
    await mkdir(path);

    await expect(writeFileAtomic(path, newBytes)).rejects.toMatchObject({ code: 'IO' });
    await expect(writeFileAtomic(join(folder, 'no/x'), newBytes)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it.runIf(existsSync('/dev/full'))('reports a full device and leaves it a device', async () => {
    const saved = writeFileAtomic('/dev/full', newBytes, { pauseMs: 0 });

    await expect(saved).rejects.toThrow(/ENOSPC.*Free some space/);
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});
