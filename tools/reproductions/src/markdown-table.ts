/** A Markdown table with its columns under each other; bars inside of cells are escaped. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [first, ...others] = cells.map(line);
  return [first, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}

/** A number with so many decimals, or that it was not measured. */
export function figure(value: number | undefined, digits: number): string {
  return value === undefined ? 'not measured' : value.toFixed(digits);
}

/** A share as percent with one decimal. */
export function share(value: number | undefined): string {
  return value === undefined ? 'not measured' : `${(100 * value).toFixed(1)} %`;
}

/** A whole number with commas. */
export function whole(value: number): string {
  return value.toLocaleString('en');
}
