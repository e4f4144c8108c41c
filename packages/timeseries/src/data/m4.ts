import { DataError } from '@nextx/core';
import type { Series } from '../series.ts';
import { type TextChunks, csvRows } from './csv-rows.ts';
import { parseNumberCell } from './number-cell.ts';

/**
 * The series of a file of the M4 competition: a row for each, its name first, padded with empty cells (Makridakis et al. 2020).
 *
 * @returns One series of one variate for each row; its values are not dated.
 * @throws {DataError} BAD_INPUT for a cell between values that is no number; TOO_SHORT without rows.
 */
export async function parseM4Csv(text: TextChunks): Promise<Series[]> {
  const series: Series[] = [];
  let isHeader = true;
  for await (const { rows } of csvRows(text)) {
    for (const row of rows) {
      if (!isHeader) series.push(rowSeries(row));
      isHeader = false;
    }
  }
  if (series.length === 0) {
    throw new DataError(
      'parseM4Csv: a header and a row for each series must be there, no series was found. Add data.',
      'TOO_SHORT',
    );
  }
  return series;
}

function rowSeries([name, ...cells]: readonly string[]): Series {
  const length = 1 + cells.findLastIndex((cell) => cell.trim() !== '');
  const values = Float64Array.from(cells.slice(0, length), (cell, index) => {
    const value = parseNumberCell(cell, false);
    if (value === undefined || Number.isNaN(value)) {
      throw new DataError(
        `parseM4Csv: value ${index + 1} of series "${name}" must be a number, got "${cell}". Correct the cell.`,
        'BAD_INPUT',
      );
    }
    return value;
  });
  return { values, variates: [name] };
}
