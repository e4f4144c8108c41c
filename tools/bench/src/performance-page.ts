import type { Benchmark } from './bench-arguments.ts';

const end = '<!-- /bench -->';

/**
 * Puts the measured part between the two marks of its benchmark.
 *
 * @throws {Error} if the page lacks the marks.
 */
export function insertMeasured(page: string, benchmark: Benchmark, measured: string): string {
  const begin = `<!-- bench: written by "npm run bench -- ${benchmark} --write-docs" -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < from) {
    throw new Error(`bench: the page must hold ${begin} and ${end}, it does not. Put them back.`);
  }
  return `${page.slice(0, from + begin.length)}\n\n${measured}\n\n${page.slice(to)}`;
}
