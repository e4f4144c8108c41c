import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** What a package's package.json says that decides how it is installed. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Record<string, string>;
  readonly exports?: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** A package of the workspace that npm users get. */
export interface PublishedPackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Packages and applications of the workspace that are not private, found by their folders. */
export function publishedPackages(): PublishedPackage[] {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(join(folder, 'package.json')) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/**
 * Packs published packages with the pnpm that the workspace pins, which writes versions where the sources say
 * `workspace:*`.
 *
 * @param destination  folder for the tarballs.
 * @returns the tarball of each package, by name.
 * @throws {Error} if a package has not been built or pnpm fails.
 */
export function packAll(
  packages: readonly PublishedPackage[],
  destination: string,
): Map<string, string> {
  mkdirSync(destination, { recursive: true });
  for (const { folder, manifest } of packages) {
    if (!existsSync(join(folder, 'dist'))) {
      throw new Error(`${manifest.name}: must be built before it is packed. Run: npm run build.`);
    }
  }
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  const filters = packages.flatMap(({ manifest }) => ['--filter', manifest.name]);
  const pack = ['--recursive', 'pack', '--pack-destination', destination];
  run('npx', ['-y', packageManager, ...filters, ...pack], root);
  return new Map(
    packages.map(({ manifest: { name, version } }) => [
      name,
      join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
    ]),
  );
}

/** Paths of the files in a tarball, relative to the package. */
export function packedFiles(tarball: string): string[] {
  const names = run('tar', ['-tzf', tarball], root).split('\n').filter(Boolean);
  return names.map((name) => name.replace(/^package\//, ''));
}

/**
 * Runs a program to its end.
 *
 * @returns what it printed on stdout.
 * @throws {Error} with all it printed, if it ends with another exit code than 0 or takes over 3 minutes.
 */
export function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 180_000,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  if (status === 0) return stdout;
  const reason = error?.message ?? `exit code ${status}`;
  throw new Error(`${program} ${args.join(' ')}: ${reason}\n${stdout}\n${stderr}`);
}

/** Reads a package.json. */
function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
