import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInstalled, readInstalled, type NativeManifest } from './manifest.ts';
import { nativeKey, nativeRoot, type NativeVariant } from './paths.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-manifest-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function install(variant: NativeVariant): Promise<string> {
  const folder = join(root, nativeKey(variant));
  await mkdir(folder);
  await writeFile(join(folder, 'binding.node'), 'four');
  const manifest: NativeManifest = {
    format: 2,
    variant,
    tfjsNode: '4.22.0',
    tensorflow: '2.21.0',
    binding: { path: 'binding.node', bytes: 4, sha256: '' },
    opener: 'opener.node',
    libraries: [],
    builtAt: '2026-01-01T00:00:00.000Z',
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

describe('findInstalled', () => {
  it('prefers the build with CUDA', async () => {
    await install('cpu');
    await install('gpu');

    expect((await findInstalled(root)).manifest.variant).toBe('gpu');
  });

  it('says how to install where nothing is', async () => {
    await expect(findInstalled(root)).rejects.toThrow('Run "nextx native install"');
  });
});

describe('readInstalled', () => {
  it('gives nothing for a variant that is not installed', async () => {
    await install('cpu');

    expect(await readInstalled('gpu', root)).toBeUndefined();
  });

  it('names a file that was cut, with both sizes', async () => {
    const folder = await install('cpu');
    await writeFile(join(folder, 'binding.node'), 'cut');

    await expect(readInstalled('cpu', root)).rejects.toThrow(
      'binding.node must have 4 bytes, got 3',
    );
  });

  it.each(['', '{', '[]', '{"format":2}'])('refuses the manifest %j', async (text) => {
    const folder = await install('cpu');
    await writeFile(join(folder, 'manifest.json'), text);

    await expect(readInstalled('cpu', root)).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('nativeRoot', () => {
  it('follows XDG_CACHE_HOME where that is an absolute path', () => {
    expect(nativeRoot({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/nextx/native');
    expect(nativeRoot({ XDG_CACHE_HOME: 'relative' })).toMatch(/\.cache\/nextx\/native$/);
    expect(nativeRoot({})).toMatch(/\.cache\/nextx\/native$/);
  });
});
