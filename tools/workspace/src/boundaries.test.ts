import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nextx-boundaries-'));
  copyFileSync(join(root, 'turbo.json'), join(folder, 'turbo.json'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n');
  writeFileSync(join(folder, 'pnpm-lock.yaml'), "lockfileVersion: '9.0'\nimporters:\n  .: {}\n");
  plant('core', 'core', []);
  plant('image', 'modality', ['core']);
  plant('video', 'modality', ['core']);
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the boundaries between packages', () => {
  it('accept modalities that depend on core alone', () => {
    expect(boundaries()).toContain('no issues found');
  });

  it('refuse a core that depends on a modality', () => {
    plant('image', 'modality', []);
    plant('core', 'core', ['image']);

    expect(boundaries()).toMatch(/`@nextx\/image` found without any tag .*`@nextx\/core`/);
  });

  it('refuse a modality that depends on another', () => {
    plant('video', 'modality', ['core', 'image']);

    expect(boundaries()).toMatch(/`@nextx\/image` found without any tag .*`@nextx\/video`/);
  });

  it('refuse a cycle of packages', () => {
    plant('core', 'core', ['image']);

    expect(boundaries()).toContain('Circular package dependency');
  });
});

function plant(name: string, tag: string, dependencies: readonly string[]): void {
  const place = join(folder, 'packages', name);
  const needed = Object.fromEntries(dependencies.map((each) => [`@nextx/${each}`, 'workspace:*']));
  const manifest = { name: `@nextx/${name}`, version: '0.1.0', dependencies: needed };
  mkdirSync(join(place, 'src'), { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(place, 'turbo.json'), JSON.stringify({ extends: ['//'], tags: [tag] }));
  writeFileSync(join(place, 'src', 'index.ts'), 'export {};\n');
}

/** What `turbo boundaries` says of the planted workspace, on one line. */
function boundaries(): string {
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo');
  const { stdout, stderr } = spawnSync(process.execPath, [turbo, 'boundaries'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return `${stdout}${stderr}`.replaceAll(/[\s|]+/g, ' ');
}
