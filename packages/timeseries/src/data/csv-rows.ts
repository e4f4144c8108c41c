import { DataError } from '@nextx/core';
import Papa, { type ParseResult } from 'papaparse';

/** Rows of a table as text, and how its cells were told apart. */
export interface CsvRows {
  readonly rows: readonly string[][];
  readonly delimiter: ',' | ';' | '\t';
}

/** Text that comes whole or in pieces. */
export type TextChunks = string | Iterable<string> | AsyncIterable<string>;

/** A row longer than this has lost its end, as when a quote is never closed. */
const maxRowCharacters = 1 << 24;

/**
 * The rows of a CSV text, a chunk at a time: only the unfinished row is kept. The delimiter is whichever of comma, semicolon and
 * tab is most frequent in the first line; a byte-order mark, CRLF, quotes and line breaks inside quotes are understood; empty
 * lines are skipped.
 *
 * @throws {DataError} FORMAT for a quote that does not close; LIMIT for a row of over 16 million characters.
 */
export async function* csvRows(chunks: TextChunks): AsyncGenerator<CsvRows> {
  let rest = '';
  let rowsBefore = 0;
  let form: CsvForm | undefined;
  const parse = (isLast: boolean): CsvRows | undefined => {
    form ??= sniff(rest, isLast);
    if (!form) return undefined;
    const { delimiter, newline } = form;
    const parser = new Papa.Parser({ delimiter, newline });
    const { data, errors, meta }: ParseResult<string[]> = parser.parse(rest, 0, !isLast);
    const broken = errors.find(({ row = 0 }) => isLast || row < data.length);
    if (broken) throw brokenQuote(rowsBefore + (broken.row ?? 0), broken.message);
    rest = isLast ? '' : rest.slice(meta.cursor);
    rowsBefore += data.length;
    return { rows: data.filter(isNotEmpty), delimiter };
  };
  for await (const chunk of typeof chunks === 'string' ? [chunks] : chunks) {
    rest = form ? rest + chunk : (rest + chunk).replace(/^\uFEFF/, '');
    const parsed = parse(false);
    if (parsed && parsed.rows.length > 0) yield parsed;
    if (rest.length > maxRowCharacters) {
      throw new DataError(
        `csv: a row must have less than ${maxRowCharacters} characters, row ${rowsBefore + 1} has more. ` +
          'Look for a quote that is not closed there.',
        'LIMIT',
      );
    }
  }
  const parsed = parse(true);
  if (parsed && parsed.rows.length > 0) yield parsed;
}

interface CsvForm {
  readonly delimiter: CsvRows['delimiter'];
  readonly newline: '\n' | '\r';
}

/** From the first line; a carriage return before a line feed stays on the last cell, which is trimmed where it is read. */
function sniff(text: string, isLast: boolean): CsvForm | undefined {
  const newline = text.includes('\n') ? '\n' : '\r';
  const end = text.indexOf(newline);
  // A lone carriage return at the end of a chunk may be the first half of CRLF.
  if (!isLast && (end === -1 || (newline === '\r' && end === text.length - 1))) return undefined;
  const line = (end === -1 ? text : text.slice(0, end)).replace(/"[^"]*"/g, '');
  const delimiters = [',', ';', '\t'] as const;
  const counts = delimiters.map((delimiter) => line.split(delimiter).length);
  return { delimiter: delimiters[counts.indexOf(Math.max(...counts))], newline };
}

function isNotEmpty(row: readonly string[]): boolean {
  return row.length > 1 || row[0].trim() !== '';
}

function brokenQuote(row: number, reason: string): DataError {
  return new DataError(
    `csv: quotes must close, row ${row + 1} of the file does not: ${reason}. Close the quote or remove it.`,
    'FORMAT',
  );
}
