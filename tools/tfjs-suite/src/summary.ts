import type { SpecResult, SuiteRun } from './spec-result.ts';

/** The specs of a run, sorted by what tfjs-node expects of them. */
export interface SuiteSummary {
  readonly tensorflow: string;
  readonly total: number;
  /** Specs that tfjs-core itself marks as not to be run. */
  readonly pending: number;
  /** Specs outside tfjs-node's ignore list. */
  readonly expected: { readonly passed: number; readonly failed: readonly SpecResult[] };
  /** Specs on it, which ran all the same. */
  readonly ignored: { readonly passed: number; readonly failed: number };
}

/** Compares a run with the names that tfjs-node leaves out; as there, a name is left out if it contains one of them. */
export function summarize(
  { tensorflow, specs }: SuiteRun,
  ignoreList: readonly string[],
): SuiteSummary {
  const isIgnored = ({ name }: SpecResult): boolean =>
    ignoreList.some((part) => name.includes(part));
  const ran = specs.filter(({ status }) => status !== 'pending');
  const ignored = ran.filter(isIgnored);
  const expected = ran.filter((spec) => !isIgnored(spec));
  const passed = (list: readonly SpecResult[]): number =>
    list.filter(({ status }) => status === 'passed').length;
  return {
    tensorflow,
    total: specs.length,
    pending: specs.length - ran.length,
    expected: {
      passed: passed(expected),
      failed: expected.filter(({ status }) => status === 'failed'),
    },
    ignored: { passed: passed(ignored), failed: ignored.length - passed(ignored) },
  };
}

/** Where and when a run took place, for its table. */
export interface RunPlace {
  /** ISO day. */
  readonly day: string;
  /** `linux-x64`. */
  readonly system: string;
  /** Release of Node. */
  readonly node: string;
  readonly durationMs: number;
}

/** The table for the docs, and the unexpected failures below it. */
export function renderSummary(
  summary: SuiteSummary,
  { day, system, node, durationMs }: RunPlace,
): string {
  const { expected, ignored } = summary;
  const ran = expected.passed + expected.failed.length;
  const rows: [string, string | number][] = [
    ['measured', `${day}, ${system}, Node ${node}, ${(durationMs / 1000).toFixed(0)} s`],
    ['TensorFlow', summary.tensorflow],
    ['specs in the suite', summary.total],
    ["specs outside tfjs-node's ignore list that ran", ran],
    ['of these passed', expected.passed],
    ['of these failed (unexpected)', expected.failed.length],
    ["specs on tfjs-node's ignore list that ran", ignored.passed + ignored.failed],
    ['of these passed all the same', ignored.passed],
    ['of these failed, as expected', ignored.failed],
    ['specs that tfjs-core leaves out', summary.pending],
  ];
  const failures = expected.failed.map(({ name, failure = '' }) => `- \`${name}\`: ${failure}`);
  const width = (column: 0 | 1): number =>
    Math.max(...rows.map((row) => String(row[column]).length));
  const line = (what: string, value: string | number, fill = ' '): string =>
    `| ${what.padEnd(width(0), fill)} | ${String(value).padEnd(width(1), fill)} |`;
  return [
    line('', ''),
    line('', '', '-'),
    ...rows.map(([what, value]) => line(what, value)),
    '',
    ...(failures.length === 0
      ? ['No spec fails unexpectedly.']
      : ['Unexpected failures:', '', ...failures]),
  ].join('\n');
}

const begin = '<!-- suite: written by "npm run suite" in tools/tfjs-suite -->';
const end = '<!-- /suite -->';

/**
 * Puts a table between the page's two marks.
 *
 * @throws {Error} if the page lacks the marks.
 */
export function insertSummary(page: string, table: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(
      `tfjs-suite: the page must hold ${begin} and ${end}, it does not. Put them back.`,
    );
  }
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}
