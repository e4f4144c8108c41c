const begin = '<!-- bench: written by "npm run bench -- image --write-docs" -->';
const end = '<!-- /bench -->';

/**
 * Puts the measured part between the page's two marks.
 *
 * @throws {Error} if the page lacks the marks.
 */
export function insertMeasured(page: string, measured: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`bench: the page must hold ${begin} and ${end}, it does not. Put them back.`);
  }
  return `${page.slice(0, from + begin.length)}\n\n${measured}\n\n${page.slice(to)}`;
}
