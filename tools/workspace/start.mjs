// npm start: installs, builds the command line, and makes a gallery with every shipped model in out/.
import { pnpmEnvironment } from './src/pnpm-environment.mjs';
import { assertNodeVersion, installCommand, runStep } from './src/run-step.mjs';

assertNodeVersion(process.version);
const root = new URL('../../', import.meta.url);
const place = { root, env: pnpmEnvironment(root) };
const build = ['turbo', 'run', 'build', '--filter=@nextx/cli...', '--output-logs=new-only'];
const generate = ['node', 'apps/cli/dist/main.js', 'start', '--out', 'out'];

const isDone =
  runStep('installing dependencies', installCommand, place) &&
  runStep('building', ['pnpm', 'exec', ...build], place) &&
  runStep('generating', [...generate, ...process.argv.slice(2)], place);
process.exitCode = isDone ? 0 : 1;
