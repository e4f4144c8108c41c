import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installInEmptyProject, runExample } from './empty-project.ts';
import { packAll, packedFiles, publishedPackages, run } from './packed-package.ts';
import { readmeExample } from './readme-example.ts';

const packages = publishedPackages();
const here = fileURLToPath(new URL('..', import.meta.url));
const timeout = 240_000;
const temporary = mkdtempSync(join(tmpdir(), 'nextx-pack-'));
let tarballs = new Map<string, string>();

beforeAll(() => {
  tarballs = packAll(packages, temporary);
}, timeout);

// The projects hold some ten thousand files: a slow disk takes longer than vitest's 10 s to remove them.
afterAll(() => rmSync(temporary, { recursive: true, force: true }), timeout);

describe.each(packages.map((each) => [each.manifest.name, each] as const))(
  '%s as npm users get it',
  (name, each) => {
    const readme = join(each.folder, 'README.md');
    const hasModules = Object.keys(each.manifest.exports ?? {}).some(
      (key) => !key.endsWith('.json'),
    );
    const tarball = (): string => tarballs.get(name) ?? '';

    it('holds a README, a licence and code, and no tests', () => {
      const files = packedFiles(tarball());

      const wanted = ['README.md', 'LICENSE', 'package.json'];
      expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
      expect(files.filter((file) => /\.test|tsbuildinfo/.test(file))).toEqual([]);
    });

    it('passes publint', { timeout }, () => {
      const publint = ['--no-install', 'publint', 'run', tarball(), '--strict'];

      expect(() => run('npx', publint, here)).not.toThrow();
    });

    it.runIf(hasModules)('passes attw as ES modules', { timeout }, () => {
      const attw = ['--no-install', 'attw', tarball(), '--profile', 'esm-only', '--no-emoji'];

      expect(() => run('npx', attw, here)).not.toThrow();
    });

    it("runs its README's first example in an empty project", { timeout }, () => {
      expect(existsSync(readme), `${name} must have a README.md`).toBe(true);
      const example = readmeExample(
        readFileSync(readme, 'utf8'),
        Object.keys(each.manifest.bin ?? {})[0],
      );
      if (example.code === undefined) throw new Error(`${name}: README.md must have an example.`);
      const project = join(temporary, name.replace('/', '-'));

      installInEmptyProject(project, each, { example, packages, tarballs });

      expect(() => runExample(project, example.code ?? { language: 'sh', text: '' })).not.toThrow();
    });
  },
);
