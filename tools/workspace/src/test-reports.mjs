import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the tests of all packages came to.
 *
 * @typedef {object} TestTotals
 * @property {number} passed
 * @property {number} failed  failed tests, test files that could not run, packages without a report.
 * @property {number} skipped
 * @property {string[]} failures  one line each: file and test, or package and reason.
 * @property {string[]} skips  one line each: file and test.
 */

/**
 * Folders of the workspace's packages that state a `test` script or hold a test file. One with test files and no
 * script never writes a report, and so fails.
 *
 * @param {string} root
 * @returns {string[]} relative to `root`.
 */
export function testedPackages(root) {
  return ['packages', 'apps', 'tools']
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((folder) => `${group}/${folder}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .filter((folder) => statesTests(join(root, folder)) || holdsTests(join(root, folder, 'src')));
}

/**
 * Removes the reports of earlier runs, so that what is counted was written, or brought from turbo's cache, now.
 *
 * @param {string} root
 */
export function clearReports(root) {
  for (const folder of testedPackages(root)) {
    rmSync(join(root, folder, '.reports'), { recursive: true, force: true });
  }
}

/**
 * Sums the reports that vitest wrote into each package's `.reports/vitest.json`. A package without one counts as
 * failed: its tests did not run to the end.
 *
 * @param {string} root
 * @returns {TestTotals}
 */
export function sumReports(root) {
  /** @type {TestTotals} */
  const totals = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  for (const folder of testedPackages(root)) {
    const file = join(root, folder, '.reports', 'vitest.json');
    if (existsSync(file)) {
      addReport(totals, folder, JSON.parse(readFileSync(file, 'utf8')));
    } else {
      totals.failed += 1;
      totals.failures.push(`${folder}: no test report, its tests did not run to the end`);
    }
  }
  return totals;
}

/**
 * The plain line that ends a run.
 *
 * @param {{ passed: number, failed: number, skipped: number }} totals
 * @returns {string} for example `12 passed, 0 failed, 3 skipped`.
 */
export function countLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * @param {TestTotals} totals
 * @param {string} folder
 * @param {{ success: boolean, testResults: FileReport[] }} report
 *
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestReport[] }} FileReport
 * @typedef {{ fullName: string, status: string }} TestReport
 */
function addReport(totals, folder, { success, testResults }) {
  const failedBefore = totals.failed;
  for (const { name, status, message, assertionResults } of testResults) {
    const file = name.slice(Math.max(0, name.replaceAll('\\', '/').lastIndexOf(`/${folder}/`) + 1));
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const passed = assertionResults.filter((test) => test.status === 'passed');
    const skipped = assertionResults.filter((test) => !['failed', 'passed'].includes(test.status));
    totals.passed += passed.length;
    totals.failed += failed.length;
    totals.skipped += skipped.length;
    totals.failures.push(...failed.map((test) => `${file}: ${test.fullName}`));
    totals.skips.push(...skipped.map((test) => `${file}: ${test.fullName}`));
    if (status === 'failed' && failed.length === 0) {
      totals.failed += 1;
      totals.failures.push(`${file}: ${message?.split('\n')[0] || 'the file could not run'}`);
    }
  }
  if (!success && totals.failed === failedBefore) {
    totals.failed += 1;
    totals.failures.push(`${folder}: an error outside of any test`);
  }
}

/** @param {string} folder */
function statesTests(folder) {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return scripts?.test !== undefined;
}

/** @param {string} folder */
function holdsTests(folder) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { encoding: 'utf8', recursive: true }).some((name) =>
    name.endsWith('.test.ts'),
  );
}
