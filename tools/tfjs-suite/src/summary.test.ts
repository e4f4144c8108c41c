import { describe, expect, it } from 'vitest';
import { readIgnoreList } from './ignore-list.ts';
import { insertSummary, renderSummary, summarize } from './summary.ts';
import type { SpecResult } from './spec-result.ts';

const specs: SpecResult[] = [
  { name: 'add test-tensorflow {} adds', status: 'passed' },
  { name: 'round test-tensorflow {} int32', status: 'failed', failure: 'Arrays differ' },
  { name: 'rotate test-tensorflow {} turns', status: 'failed', failure: 'No kernel' },
  { name: 'bitwiseAnd test-tensorflow {} ands', status: 'passed' },
  { name: 'browser saves', status: 'pending' },
];
const summary = summarize({ tensorflow: '2.21.0', folder: '/build', specs, durationMs: 1 }, [
  'rotate',
  'bitwiseAnd',
]);
const place = { day: '2026-01-02', system: 'linux-x64', node: '20.0.0', durationMs: 61_000 };

describe('summarize', () => {
  it('tells failures that tfjs-node expects from those it does not', () => {
    expect(summary.expected).toEqual({ passed: 1, failed: [specs[1]] });
    expect(summary.ignored).toEqual({ passed: 1, failed: 1 });
  });

  it('counts every spec once', () => {
    const { expected, ignored, pending, total } = summary;

    expect(
      expected.passed + expected.failed.length + ignored.passed + ignored.failed + pending,
    ).toBe(total);
    expect(total).toBe(5);
  });
});

describe('renderSummary', () => {
  it('names each unexpected failure with its reason', () => {
    const text = renderSummary(summary, place);

    expect(text).toMatch(/\| measured +\| 2026-01-02, linux-x64, Node 20\.0\.0, 61 s \|/);
    expect(text).toMatch(/\| of these failed \(unexpected\) +\| 1 +\|/);
    expect(text).toContain('- `round test-tensorflow {} int32`: Arrays differ');
    expect(text).not.toContain('rotate test');
  });

  it('says so where none fails', () => {
    const clean = { ...summary, expected: { passed: 2, failed: [] } };

    expect(renderSummary(clean, place)).toContain('No spec fails unexpectedly.');
  });
});

describe('insertSummary', () => {
  const page =
    'a\n<!-- suite: written by "npm run suite" in tools/tfjs-suite -->\nold\n<!-- /suite -->\nb\n';

  it('replaces what stands between the marks, and nothing else', () => {
    const once = insertSummary(page, 'new');

    expect(once).toContain('-->\n\nnew\n\n<!-- /suite -->\nb\n');
    expect(once).not.toContain('old');
    expect(insertSummary(once, 'new')).toBe(once);
  });

  it('refuses a page without the marks', () => {
    expect(() => insertSummary('a', 'new')).toThrow('Put them back');
  });
});

describe('readIgnoreList', () => {
  it('reads names, not comments', () => {
    const source =
      "var IGNORE_LIST = [\n    // doesn't count\n    'one two',\n    'it\\'s',\n];\nIGNORE_LIST.push('windows');";

    expect(readIgnoreList(source)).toEqual(['one two', "it's"]);
  });

  it('refuses a program without a list', () => {
    expect(() => readIgnoreList('var x = 1;')).toThrow('IGNORE_LIST');
  });
});
