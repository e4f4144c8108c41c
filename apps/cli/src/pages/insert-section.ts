import { DataError } from '@nextx/core';

/** The two lines of a page between which a command writes. */
export interface SectionMarks {
  readonly begin: string;
  readonly end: string;
}

/**
 * Puts a text between two marks of a page, in place of what stood there.
 *
 * @throws {DataError} BAD_INPUT if the page lacks the marks.
 */
export function insertSection(page: string, { begin, end }: SectionMarks, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < from) {
    throw new DataError(
      `insertSection: the page must hold ${begin} and ${end}, it does not. Put them back.`,
      'BAD_INPUT',
    );
  }
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
