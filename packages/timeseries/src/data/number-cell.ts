const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const missing: ReadonlySet<string> = new Set([
  '',
  '-',
  '?',
  '.',
  'na',
  'n/a',
  'nan',
  'null',
  'none',
]);

/**
 * A cell of a table as a number: NaN where it is empty or says that nothing was observed (`NA`, `null`, `-`, `?`). Thousands
 * separators, hexadecimal numbers, infinities and digits of other scripts are not numbers here.
 *
 * @param hasDecimalComma  Whether `1,5` is one and a half.
 * @returns undefined for what is neither.
 */
export function parseNumberCell(cell: string, hasDecimalComma: boolean): number | undefined {
  const trimmed = cell.trim();
  const text = hasDecimalComma ? trimmed.replace(',', '.') : trimmed;
  if (plainNumber.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  return missing.has(text.toLowerCase()) ? NaN : undefined;
}
