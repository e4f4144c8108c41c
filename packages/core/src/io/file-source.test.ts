import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFile } from './file-source.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nextx-source-'));
  path = join(folder, 'a.bin');
  await writeFile(path, Uint8Array.of(1, 2, 3, 4, 5));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('openFile', () => {
  it('reads ranges', async () => {
    const source = await openFile(path);

    expect(source.size).toBe(5);
    expect(await source.read(1, 3)).toEqual(Uint8Array.of(2, 3));
    expect(await source.read(5, 5)).toEqual(new Uint8Array(0));
    await source.close?.();
    await source.close?.();
  });

  it('keeps reading the file that it opened when another takes its name', async () => {
    const source = await openFile(path);
    await writeFile(join(folder, 'b.bin'), Uint8Array.of(9));
    await rename(join(folder, 'b.bin'), path);

    expect(await source.read(0, 2)).toEqual(Uint8Array.of(1, 2));
    await source.close?.();
  });

  it('refuses a file that was written to since', async () => {
    const source = await openFile(path);
    await appendFile(path, 'x');

    await expect(source.read(0, 2)).rejects.toThrow(/another program changed it \(6 bytes now\)/);
    await source.close?.();
  });

  it('refuses ranges outside, closed files, folders and what is not there', async () => {
    const source = await openFile(path);
    await expect(source.read(4, 6)).rejects.toMatchObject({ code: 'IO' });
    await source.close?.();

    await expect(source.read(0, 1)).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(openFile(folder)).rejects.toMatchObject({ code: 'IO' });
    await expect(openFile(join(folder, 'no'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
