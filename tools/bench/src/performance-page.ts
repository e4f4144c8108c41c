import { insertSection } from '@nextx/cli/pages';
import type { Benchmark } from './bench-arguments.ts';

/**
 * Puts the measured part between the two marks of its benchmark.
 *
 * @throws {DataError} BAD_INPUT if the page lacks the marks.
 */
export function insertMeasured(page: string, benchmark: Benchmark, measured: string): string {
  const begin = `<!-- bench: written by "npm run bench -- ${benchmark} --write-docs" -->`;
  return insertSection(page, { begin, end: '<!-- /bench -->' }, measured);
}
