import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceError, UnsupportedError } from '@nextx/core';
import type { InstallContext } from './install-context.ts';

/** Python release for which wheels are asked; the C library inside is the same for all. */
const pythonRelease = '3.12';

/**
 * Fetches wheels with pip, without what they depend on and without pip's own cache, and reports the bytes on the way.
 *
 * @param wheels  Folder to fetch into.
 * @param requirements  What pip calls them: `tensorflow-cpu==2.21.*`.
 * @throws {UnsupportedError} if there is none for this machine.
 * @throws {ResourceError} IO if pip fails otherwise.
 */
export async function downloadWheels(
  { world, scratch, signal, report }: InstallContext,
  python: string,
  wheels: string,
  requirements: readonly string[],
): Promise<void> {
  const temporary = join(scratch, 'pip');
  await mkdir(wheels, { recursive: true });
  await mkdir(temporary, { recursive: true });
  const message = `fetching ${requirements.join(', ')}`;
  report({ step: 'download', message });
  let total = 0;
  const poll = setInterval(() => {
    void folderBytes(scratch).then((done) =>
      report({
        step: 'download',
        message,
        bytes: total > 0 ? { done: Math.min(done, total), total } : { done },
      }),
    );
  }, 1000);
  try {
    const { code, stderr } = await world.run(python, pipArguments(wheels, requirements), {
      signal,
      env: { TMPDIR: temporary, PIP_NO_INPUT: '1' },
      onLine: (line) => {
        total += announcedBytes(line);
      },
    });
    if (code !== 0) throw pipFailure(requirements, code, stderr);
  } finally {
    clearInterval(poll);
  }
}

function pipArguments(wheels: string, requirements: readonly string[]): string[] {
  const how = ['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--disable-pip-version-check'];
  const which = ['--implementation', 'cp', '--python-version', pythonRelease];
  return [
    '-m',
    'pip',
    'download',
    '--progress-bar',
    'off',
    ...how,
    ...which,
    '-d',
    wheels,
    ...requirements,
  ];
}

/** pip says `Downloading NAME (273.8 MB)` before each file. */
function announcedBytes(line: string): number {
  const [, amount, unit] = /Downloading \S+ \(([\d.]+) ([kMG]?B)\)/.exec(line) ?? [];
  const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
  return amount === undefined || unit === undefined ? 0 : Number(amount) * (units[unit] ?? 0);
}

function pipFailure(requirements: readonly string[], code: number, stderr: string): Error {
  const wanted = requirements.join(', ');
  const tail = stderr.trim().split('\n').slice(-3).join(' ');
  if (/No matching distribution|Could not find a version/.test(stderr)) {
    return new UnsupportedError(
      `native install: pip must find ${wanted} for ${process.platform}-${process.arch}, it says: ${tail}. ` +
        'The wheels need glibc 2.27 or later (not musl) and an index that has them; or give a folder with --from.',
    );
  }
  return new ResourceError(
    `native install: pip must fetch ${wanted}, it ended with ${code}: ${tail}. ` +
      'Check the network and the disk, or fetch it elsewhere and give its folder with --from.',
    'IO',
  );
}

/** Bytes of all files in a folder; files that go away meanwhile count as nothing. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
