import { appendFile, mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPictureCache } from './picture-cache.ts';

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'nextx-cache-'));

describe('openPictureCache', () => {
  it('goes on where an earlier run with the same settings ended', async () => {
    const folder = await newFolder();
    const first = await openPictureCache(folder, { seed: '1' }, 2);
    await first.append(Uint8Array.of(1, 2, 3, 4));

    const again = await openPictureCache(folder, { seed: '1' }, 2);
    await again.append(Uint8Array.of(5, 6));

    expect([...(await again.read())]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps pictures of other settings apart, and says what each file is of', async () => {
    const folder = await newFolder();
    const one = await openPictureCache(folder, { seed: '1' }, 2);
    await one.append(Uint8Array.of(1, 2));

    const other = await openPictureCache(folder, { seed: '2' }, 2);

    expect([...(await other.read())]).toEqual([]);
    const texts = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    expect(texts).toHaveLength(2);
    const settings = await readFile(other.file.replace(/bin$/, 'json'), 'utf8');
    expect(JSON.parse(settings)).toEqual({ seed: '2' });
  });

  it('removes a picture that was cut off', async () => {
    const cache = await openPictureCache(await newFolder(), {}, 3);
    await cache.append(Uint8Array.of(1, 2, 3));
    await appendFile(cache.file, Uint8Array.of(9));

    expect([...(await cache.read())]).toEqual([1, 2, 3]);
    expect((await stat(cache.file)).size).toBe(3);
  });
});
