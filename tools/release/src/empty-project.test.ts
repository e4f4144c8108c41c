import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installInEmptyProject, runExample } from './empty-project.ts';
import { run } from './packed-package.ts';

const temporary = mkdtempSync(join(tmpdir(), 'nextx-empty-'));
const project = join(temporary, 'project');
const manifest = {
  name: 'small-package',
  version: '1.0.0',
  type: 'module',
  bin: { small: './index.js' },
  exports: { '.': { types: './index.d.ts', default: './index.js' } },
};

beforeAll(() => {
  const folder = join(temporary, 'small');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'index.js'), '#!/usr/bin/env node\nexport const one = 1;\n');
  writeFileSync(join(folder, 'index.d.ts'), 'export declare const one: number;\n');
  run('npm', ['pack', '--pack-destination', temporary, '--loglevel=error'], folder);
  const tarballs = new Map([[manifest.name, join(temporary, 'small-package-1.0.0.tgz')]]);
  const each = { folder, manifest };
  installInEmptyProject(project, each, { example: { install: [] }, packages: [each], tarballs });
}, 240_000);

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('runExample', () => {
  const typescript = (text: string) => () => runExample(project, { language: 'ts', text });

  it('runs an example that is right', () => {
    expect(
      typescript(
        "import { one } from 'small-package';\nif (one !== 1) throw new Error('not one');",
      ),
    ).not.toThrow();
  });

  it('refuses an example with a wrong type', () => {
    expect(
      typescript("import { one } from 'small-package';\nexport const x: string = one;"),
    ).toThrow('TS2322');
  });

  it('refuses an import that the package does not export', () => {
    expect(typescript("export { x } from 'small-package/hidden.js';")).toThrow('TS2307');
  });

  it('refuses an example that throws', () => {
    expect(typescript("throw new Error('it does not run');")).toThrow('it does not run');
  });

  it("runs a package's own command, and refuses one that it does not have", () => {
    expect(() => runExample(project, { language: 'sh', text: 'npx small' })).not.toThrow();
    expect(() => runExample(project, { language: 'sh', text: 'large --help' })).toThrow('large');
  });
});
