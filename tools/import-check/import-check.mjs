// npm run check: builds what the check runs, then runs it with the arguments given.
// @boundaries-ignore the workspace's own start scripts
import { pnpmEnvironment } from '../workspace/src/pnpm-environment.mjs';
// @boundaries-ignore the workspace's own start scripts
import { assertNodeVersion, runStep } from '../workspace/src/run-step.mjs';

assertNodeVersion(process.version);
const root = new URL('../../', import.meta.url);
const place = { root, env: pnpmEnvironment(root) };
const build = [
  'turbo',
  'run',
  'build',
  '--filter=@nextx/import-check...',
  '--output-logs=errors-only',
];
const check = ['node', 'tools/import-check/dist/main.js', ...process.argv.slice(2)];

const isDone =
  runStep('building', ['pnpm', 'exec', ...build], place) && runStep('checking', check, place);
process.exitCode = isDone ? 0 : 1;
