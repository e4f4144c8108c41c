import { isAbsolute, join, sep } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fixtureFolder, hasFixture, readFixtureJson } from './fixture-path.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('fixtureFolder', () => {
  it('uses an absolute NEXTX_FIXTURES as it stands', () => {
    vi.stubEnv('NEXTX_FIXTURES', join(sep, 'elsewhere'));

    expect(fixtureFolder('image', 'var')).toBe(join(sep, 'elsewhere', 'image', 'var'));
    expect(hasFixture('image', 'var')).toBe(false);
  });

  it('resolves a relative NEXTX_FIXTURES against the root of the repository', () => {
    vi.stubEnv('NEXTX_FIXTURES', undefined);
    const own = fixtureFolder('core', 'rng');
    vi.stubEnv('NEXTX_FIXTURES', 'others');

    expect(isAbsolute(own)).toBe(true);
    expect(fixtureFolder('core', 'rng')).toBe(own.replace(/fixtures(.)core/, 'others$1core'));
  });
});

describe('hasFixture', () => {
  it('tells present files from absent ones', () => {
    vi.stubEnv('NEXTX_FIXTURES', undefined);

    expect(hasFixture('core', 'rng', 'threefry2x32.json')).toBe(true);
    expect(hasFixture('core', 'rng', 'absent.json')).toBe(false);
  });
});

describe('readFixtureJson', () => {
  it('parses a file of the fixtures', () => {
    vi.stubEnv('NEXTX_FIXTURES', undefined);

    const { stream_key } = readFixtureJson<{ stream_key: string[] }>(
      'core',
      'rng',
      'threefry2x32.json',
    );

    expect(stream_key).toEqual(['12345678', '9abcdef0']);
  });
});
