import { ResourceError, UnsupportedError } from '@nextx/core';
import type { InstallWorld } from './install-context.ts';
import type { NativeVariant } from './paths.ts';

/** A program of the machine that an installation uses. */
export interface ToolStatus {
  /** What it is for a person: `C++ compiler`. */
  readonly name: string;
  /** The command that answered; absent where none did. */
  readonly command?: string;
  /** First line of its answer. */
  readonly version?: string;
  /** How to get it. */
  readonly remedy: string;
}

/** The commands that were found. */
export interface InstallTools {
  readonly compiler: string;
  readonly python: string;
  readonly npm: string;
}

/** Free disk that an installation needs, in bytes: the downloads, and what they unpack to. */
const diskNeeded: Readonly<Record<NativeVariant, number>> = { cpu: 1.4e9, gpu: 9.5e9 };

/** What an installation needs of which tool, and the commands to try. */
function toolTable(): { name: string; tries: [string, string[]][]; remedy: string }[] {
  const chosen = process.env['CXX'];
  const compilers = [...(chosen === undefined ? [] : [chosen]), 'c++', 'g++', 'clang++'];
  return [
    {
      name: 'C++ compiler',
      tries: compilers.map((name) => [name, ['--version']]),
      remedy:
        'Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install',
    },
    {
      name: 'Python with pip',
      tries: ['python3', 'python'].map((name) => [name, ['-m', 'pip', '--version']]),
      remedy:
        'Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install python3-pip; or python.org',
    },
    {
      name: 'npm',
      tries: [['npm', ['--version']]],
      remedy: 'install Node with its npm, from nodejs.org',
    },
  ];
}

/** Looks for a C++ compiler, Python with pip, and npm, in this order. */
export async function findTools({ run }: Pick<InstallWorld, 'run'>): Promise<ToolStatus[]> {
  return Promise.all(
    toolTable().map(async ({ name, tries, remedy }) => {
      for (const [command, args] of tries) {
        const { code, stdout } = await run(command, args);
        if (code === 0) {
          return { name, command, version: stdout.split('\n')[0]?.trim() ?? '', remedy };
        }
      }
      return { name, remedy };
    }),
  );
}

/**
 * Refuses systems for which TensorFlow's wheel holds no C library.
 *
 * @throws {UnsupportedError} on Windows, on other processors, and for CUDA on macOS.
 */
export function assertSystem(
  variant: NativeVariant,
  platform: string = process.platform,
  arch: string = process.arch,
): void {
  const systems = variant === 'gpu' ? ['linux-x64'] : ['linux-x64', 'linux-arm64', 'darwin-arm64'];
  if (systems.includes(`${platform}-${arch}`)) return;
  const kind = variant === 'gpu' ? 'with CUDA ' : '';
  throw new UnsupportedError(
    `native install: the engine ${kind}builds on ${systems.join(', ')}, got ${platform}-${arch}. ` +
      'Use the engine webgpu or wasm.',
  );
}

/**
 * Refuses a machine that lacks a tool or disk, naming everything missing at once.
 *
 * @throws {ResourceError} NOT_FOUND with one line a missing tool, IO if the disk is too full.
 */
export async function requireTools(
  world: InstallWorld,
  variant: NativeVariant,
  folder: string,
): Promise<InstallTools> {
  const [compiler, python, npm] = await findTools(world);
  const missing = [compiler, python, npm].filter((tool) => tool?.command === undefined);
  if (
    compiler?.command === undefined ||
    python?.command === undefined ||
    npm?.command === undefined
  ) {
    throw new ResourceError(
      `native install: a C++ compiler, Python with pip and npm are needed, missing: ` +
        `${missing.map((tool) => tool?.name).join(', ')}. Get them and run the command again:\n` +
        missing.map((tool) => `  ${tool?.name}: ${tool?.remedy}`).join('\n'),
      'NOT_FOUND',
    );
  }
  const free = await world.freeBytes(folder);
  if (free < diskNeeded[variant]) {
    throw new ResourceError(
      `native install: ${gigabytes(diskNeeded[variant])} must be free in ${folder}, got ${gigabytes(free)}. ` +
        'Make room, or set XDG_CACHE_HOME to a folder on another disk.',
      'IO',
    );
  }
  return { compiler: compiler.command, python: python.command, npm: npm.command };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
