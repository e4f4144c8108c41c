import Papa from 'papaparse';
import { type Series, seriesLength } from '../series.ts';

/** A series as CSV text: a header, a column `time` if it has times, empty cells for missing values. */
export function seriesCsv(series: Series): string {
  const { values, variates, timestamps, frequency } = series;
  const isDaily = ['day', 'week', 'month', 'year'].includes(frequency?.unit ?? '');
  const rows = Array.from({ length: seriesLength(series) }, (_, row) => {
    const cells = Array.from(
      values.subarray(row * variates.length, (row + 1) * variates.length),
      (value) => (Number.isNaN(value) ? '' : String(value)),
    );
    return timestamps ? [timestampText(timestamps[row], isDaily), ...cells] : cells;
  });
  const fields = timestamps ? ['time', ...variates] : [...variates];
  return `${Papa.unparse({ fields, data: rows }, { newline: '\n' })}\n`;
}

/** `2016-07-01 13:00:00`, without the clock where days are counted and it is midnight. */
function timestampText(milliseconds: number, isDaily: boolean): string {
  const text = new Date(milliseconds).toISOString().replace('T', ' ').replace('.000Z', '');
  return isDaily && text.endsWith(' 00:00:00') ? text.slice(0, 10) : text.replace('Z', '');
}
