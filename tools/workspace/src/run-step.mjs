import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs one command of `npm start` or `npm test` at the workspace's root, with its output on this terminal, and
 * says before what it does and after how long it took.
 *
 * @param {string} title  what the step does, for a person.
 * @param {readonly string[]} command  program and arguments.
 * @param {{ root: URL, env: NodeJS.ProcessEnv }} place
 * @returns {boolean} whether the command ended with exit code 0.
 */
export function runStep(title, [program = '', ...args], { root, env }) {
  console.log(`\n== ${title}`);
  const begin = Date.now();
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    cwd: fileURLToPath(root),
    env,
    shell: process.platform === 'win32',
  });
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  const isDone = status === 0;
  const reason = error === undefined ? `exit code ${status}` : error.message;
  console.log(isDone ? `== done in ${seconds} s` : `== FAILED after ${seconds} s: ${reason}`);
  return isDone;
}

/** Installs exactly what pnpm-lock.yaml says; no dependency's install script is run. */
export const installCommand = [
  'pnpm',
  'install',
  '--frozen-lockfile',
  '--ignore-scripts',
  '--prefer-offline',
  '--reporter=append-only',
];

/**
 * Stops with a sentence instead of a syntax error when Node is older than the workspace needs.
 *
 * @param {string} version  for example `v20.20.2`.
 */
export function assertNodeVersion(version) {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `nextx: Node must be 20.19 or newer, this is ${version}. Get one from nodejs.org.`,
  );
}
