import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pinnedPnpm } from './pnpm-environment.mjs';
import { assertNodeVersion } from './run-step.mjs';

describe('pinnedPnpm', () => {
  it('reads the version of packageManager, with or without a checksum', () => {
    expect(pinnedPnpm('{ "packageManager": "pnpm@10.34.8" }')).toBe('10.34.8');
    expect(pinnedPnpm('{ "packageManager": "pnpm@10.34.8+sha512.abc" }')).toBe('10.34.8');
  });

  it.each(['{}', '{ "packageManager": "pnpm@latest" }', '{ "packageManager": "yarn@4.0.0" }'])(
    'rejects %s',
    (manifest) => {
      expect(() => pinnedPnpm(manifest)).toThrow('packageManager must be pnpm@x.y.z');
    },
  );

  it("finds an exact version in the workspace's own package.json", () => {
    const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');

    expect(pinnedPnpm(manifest)).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('assertNodeVersion', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v24.1.0'])('accepts %s', (version) => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  });

  it.each(['v18.20.0', 'v20.18.3'])('rejects %s', (version) => {
    expect(() => assertNodeVersion(version)).toThrow('Node must be 20.19 or newer');
  });
});
