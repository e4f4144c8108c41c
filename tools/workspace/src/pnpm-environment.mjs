import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

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
    // Turbo does not hash the engine that runs a test, so a change of Node would replay old results.
    NEXTX_NODE: `${process.version} ${process.platform} ${process.arch}`,
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
