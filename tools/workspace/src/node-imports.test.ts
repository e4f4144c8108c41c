import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { browserEntries, nodeImports } from './node-imports.ts';

const packages = fileURLToPath(new URL('../../../packages/', import.meta.url));
const entries = readdirSync(packages)
  .filter((name) => existsSync(join(packages, name, 'package.json')))
  .flatMap((name) => browserEntries(join(packages, name)));

describe('nodeImports', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nextx-imports-'));
  const entry = join(folder, 'index.ts');
  const deep = join(folder, 'deep.ts');

  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds a module of Node behind a relative import, with the way to it', () => {
    writeFileSync(entry, "export { read } from './deep.ts';\nimport '@tensorflow/tfjs-core';\n");
    writeFileSync(
      deep,
      "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    );

    expect(nodeImports(entry)).toEqual([{ path: [entry, deep], module: 'node:fs' }]);
  });

  it('finds a dynamic import and a name without its prefix', () => {
    writeFileSync(entry, "export const load = () => import('./deep.ts');\n");
    writeFileSync(deep, "export const load = () => import('path');\n");

    expect(nodeImports(entry).map(({ module }) => module)).toEqual(['path']);
  });

  it('follows a cycle once', () => {
    writeFileSync(entry, "import './deep.ts';\n");
    writeFileSync(deep, "import './index.ts';\n");

    expect(nodeImports(entry)).toEqual([]);
  });
});

describe('the entry points that browsers load', () => {
  it('are those of core and of every modality', () => {
    expect(entries.length).toBeGreaterThanOrEqual(2);
  });

  it.each(entries.map((entry) => [entry.slice(packages.length), entry]))(
    'reach no module of Node from %s',
    (_name, entry) => {
      expect(nodeImports(entry)).toEqual([]);
    },
  );
});
