import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearReports, countLine, sumReports, testedPackages } from './test-reports.mjs';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nextx-reports-'));
  write('packages/core/package.json', { scripts: { test: 'vitest run' } });
  write('apps/cli/package.json', { scripts: { test: 'vitest run' } });
});

afterEach(() => rmSync(root, { recursive: true }));

describe('sumReports', () => {
  it('adds the tests of all packages and names the skipped and the failed', () => {
    report('packages/core', true, ['passed', 'passed', 'pending']);
    report('apps/cli', false, ['passed', 'failed']);

    expect(sumReports(root)).toEqual({
      passed: 3,
      failed: 1,
      skipped: 1,
      failures: ['apps/cli/src/a.test.ts: test 1'],
      skips: ['packages/core/src/a.test.ts: test 2'],
    });
  });

  it('counts a package without a report as one failure', () => {
    report('packages/core', true, ['passed']);

    const { passed, failed, failures } = sumReports(root);

    expect([passed, failed]).toEqual([1, 1]);
    expect(failures).toEqual(['apps/cli: no test report, its tests did not run to the end']);
  });

  it('counts a file that could not run as one failure', () => {
    report('packages/core', true, ['passed']);
    report('apps/cli', false, [], 'failed');

    expect(sumReports(root).failures).toEqual(['apps/cli/src/a.test.ts: Cannot find module']);
  });

  it('counts an error outside of any test as one failure', () => {
    report('packages/core', true, ['passed']);
    report('apps/cli', false, ['passed']);

    expect(sumReports(root)).toMatchObject({ passed: 2, failed: 1 });
  });

  it('counts no report of an earlier run', () => {
    report('packages/core', true, ['passed']);
    report('apps/cli', true, ['passed']);

    clearReports(root);

    expect(sumReports(root)).toMatchObject({ passed: 0, failed: 2 });
  });
});

describe('testedPackages', () => {
  it('takes every package that states tests or holds a test file', () => {
    write('tools/plain/package.json', {});
    write('tools/forgotten/package.json', {});
    write('tools/forgotten/src/deep/a.test.ts', {});

    expect(testedPackages(root)).toEqual(['packages/core', 'apps/cli', 'tools/forgotten']);
  });
});

describe('countLine', () => {
  it('is the plain line that ends a run', () => {
    expect(countLine({ passed: 12, failed: 0, skipped: 3 })).toBe('12 passed, 0 failed, 3 skipped');
  });
});

function write(file: string, content: object): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify(content));
}

function report(folder: string, success: boolean, statuses: string[], status = 'passed'): void {
  const assertionResults = statuses.map((each, i) => ({ fullName: `test ${i}`, status: each }));
  const name = join(root, folder, 'src', 'a.test.ts');
  const message = 'Cannot find module\n  at x';
  const testResults = [{ name, status, message, assertionResults }];
  write(`${folder}/.reports/vitest.json`, { success, testResults });
}
