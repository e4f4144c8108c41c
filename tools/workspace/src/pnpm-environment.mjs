import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const isWindows = process.platform === 'win32';

/**
 * The environment of a child process that finds pnpm, at the version that the workspace pins, on its path.
 *
 * A machine may have no pnpm, or another one. Then npx, which comes with Node, fetches the pinned version into
 * npm's own cache; nothing is installed globally.
 *
 * @param {URL} root  folder of the workspace's package.json.
 * @returns {NodeJS.ProcessEnv} a copy of this process's environment with its PATH extended.
 * @throws {Error} if npx can't bring pnpm.
 */
export function pnpmEnvironment(root) {
  const wanted = pinnedPnpm(readFileSync(new URL('package.json', root), 'utf8'));
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    NEXTX_MACHINE: machineState(root),
    // Turbo would ask its tasks for colors that a file or a pipe can't show.
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }),
  };
  if (installedPnpm() === wanted) return env;
  const query = [
    '-y',
    '-p',
    `pnpm@${wanted}`,
    'node',
    '-p',
    'process.env.PATH ?? process.env.Path',
  ];
  const found = spawnSync('npx', query, { encoding: 'utf8', shell: isWindows, cwd: tmpdir() });
  const path = found.stdout?.trim().split('\n').at(-1);
  if (found.status !== 0 || !path) {
    throw new Error(
      `pnpm ${wanted} must be on the path or come through npx, npx said: ${found.stderr?.trim()}. ` +
        `Check the network, or install it by hand: npm install --global pnpm@${wanted}.`,
    );
  }
  return { ...env, [isWindows ? 'Path' : 'PATH']: path };
}

/**
 * Version of pnpm that a package.json pins in `packageManager`.
 *
 * @param {string} manifest  text of package.json.
 * @returns {string} for example `10.34.8`.
 */
export function pinnedPnpm(manifest) {
  const { packageManager } = JSON.parse(manifest);
  const version = /^pnpm@(\d+\.\d+\.\d+)/.exec(packageManager)?.[1];
  if (version === undefined) {
    throw new Error(`package.json: packageManager must be pnpm@x.y.z, got ${packageManager}.`);
  }
  return version;
}

/** Version of the pnpm on the path, asked outside the workspace so that it does not switch itself. */
function installedPnpm() {
  const env = {
    ...process.env,
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    COREPACK_ENABLE_NETWORK: '0',
  };
  const asked = spawnSync('pnpm', ['--version'], {
    encoding: 'utf8',
    shell: isWindows,
    cwd: tmpdir(),
    env,
  });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}

/**
 * What decides on this machine whether a test runs or is skipped, and lies outside of what turbo hashes: the
 * version of Node, the native engines that are installed, the data sets that are there.
 *
 * @param {URL} root
 */
function machineState(root) {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folders = [join(cache, 'nextx', 'native'), fileURLToPath(new URL('../shared/data', root))];
  const names = folders.map((folder) =>
    existsSync(folder) ? readdirSync(folder).sort().join(' ') : '',
  );
  return [process.version, process.platform, process.arch, ...names].join('; ');
}
