// npm test: installs, builds, then runs every check and every package's tests, and ends with one line of counts.
// Turbo replays what nothing changed for; `npm test -- --force` runs everything anew.
import { fileURLToPath } from 'node:url';
import { clearSummaries, failedTasks } from './src/failed-tasks.mjs';
import { pnpmEnvironment } from './src/pnpm-environment.mjs';
import { assertNodeVersion, installCommand, runStep } from './src/run-step.mjs';
import { clearReports, countLine, sumReports } from './src/test-reports.mjs';

const checks = ['lint', 'format', 'boundaries', 'unused', 'hygiene', 'docs'];

assertNodeVersion(process.version);
const root = new URL('../../', import.meta.url);
const folder = fileURLToPath(root);
const place = { root, env: pnpmEnvironment(root) };
const options = ['--continue=always', '--concurrency=2', '--output-logs=new-only', '--summarize'];
const extra = process.argv.slice(2);

if (runStep('installing dependencies', installCommand, place)) {
  clearReports(folder);
  clearSummaries(folder);
  const turbo = ['pnpm', 'exec', 'turbo', 'run'];
  const isBuilt = runStep(
    'building and checking types',
    [...turbo, 'build', ...options, ...extra],
    place,
  );
  const isTested = runStep(
    `checking (${checks.join(', ')}) and testing`,
    [...turbo, ...checks, 'test', ...options, ...extra],
    place,
  );
  report(isBuilt && isTested);
} else {
  process.exitCode = 1;
}

/**
 * Prints what failed and what was skipped by name, and last the counts. A failed check or build counts as one
 * failure; a failed `test` task is already counted by its tests.
 *
 * @param {boolean} isDone  whether turbo ended well both times.
 */
function report(isDone) {
  const totals = sumReports(folder);
  const failedChecks = failedTasks(folder).filter((task) => !task.endsWith('#test'));
  if (!isDone && totals.failed + failedChecks.length === 0) failedChecks.push('turbo itself');
  const failures = [
    ...failedChecks.map((task) => `${task} (its output is above)`),
    ...totals.failures,
  ];
  printList('Skipped', totals.skips);
  printList('Failed', failures);
  const failed = totals.failed + failedChecks.length;
  console.log(`\n${countLine({ ...totals, failed })}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function printList(title, lines) {
  if (lines.length > 0) console.log(`\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
