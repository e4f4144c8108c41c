import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PublishedPackage, run } from './packed-package.ts';
import type { ReadmeExample } from './readme-example.ts';

/** Versions of what a project needs beside nextx to compile an example that uses Node. */
const compilers: Readonly<Record<string, string>> = {
  '@types/node': '20.19.43',
  typescript: '6.0.3',
};

/**
 * Makes a new project in an empty folder and installs one package there as a reader of its README would, with
 * plain npm: the packages of the install line, those of nextx from their tarballs.
 *
 * @param folder  made if it is not there.
 */
export function installInEmptyProject(
  folder: string,
  { manifest }: PublishedPackage,
  parts: {
    readonly example: ReadmeExample;
    readonly packages: readonly PublishedPackage[];
    readonly tarballs: ReadonlyMap<string, string>;
  },
): void {
  const { example, packages, tarballs } = parts;
  const dependencies: Record<string, string> = {};
  for (const name of [manifest.name, ...example.install]) {
    for (const needed of withNextxDependencies(name, packages)) {
      const tarball = tarballs.get(needed);
      dependencies[needed] =
        tarball === undefined ? knownVersion(needed, packages) : `file:${tarball}`;
    }
  }
  const project = {
    name: 'empty',
    private: true,
    type: 'module',
    dependencies,
    devDependencies: compilers,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project, null, 2));
  const quiet = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
  ];
  run('npm', ['install', ...quiet], folder);
}

/** Type-checks and compiles an example with the strictest settings, then runs it; or runs its shell lines. */
export function runExample(folder: string, code: NonNullable<ReadmeExample['code']>): void {
  if (code.language === 'sh') {
    for (const line of code.text.split('\n')) {
      run('npx', ['--no-install', '-c', line.replace(/^npx /, '')], folder);
    }
    return;
  }
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'built',
  };
  writeFileSync(join(folder, 'example.ts'), code.text);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['example.ts'] }),
  );
  run('npx', ['--no-install', 'tsc', '-p', '.'], folder);
  run(process.execPath, ['built/example.js'], folder);
}

/** A package and the packages of nextx that it needs, which npm can't find in a registry yet. */
function withNextxDependencies(name: string, packages: readonly PublishedPackage[]): string[] {
  const manifest = packages.find((each) => each.manifest.name === name)?.manifest;
  const needed = { ...manifest?.dependencies, ...manifest?.peerDependencies };
  const own = Object.keys(needed).filter((each) => packages.some((p) => p.manifest.name === each));
  return [name, ...own.flatMap((each) => withNextxDependencies(each, packages))];
}

/** The version that the workspace itself uses of a package, else whatever is newest. */
function knownVersion(name: string, packages: readonly PublishedPackage[]): string {
  for (const { manifest } of packages) {
    const version = manifest.dependencies?.[name] ?? manifest.devDependencies?.[name];
    if (version !== undefined) return version;
  }
  return 'latest';
}
