import { DataError } from '@nextx/core';
import { everyStep, inferFrequency, shortestFrequency } from '../frequency.ts';
import type { Series } from '../series.ts';

/**
 * A series with a row for every step: those that were missing are added, without values (NaN). The step is the shortest between
 * two rows.
 *
 * @param series  Rows at ascending times; borrowed.
 * @throws {DataError} FREQ if a row is not a whole number of steps after the first; LIMIT if more rows would be added than 9
 * for each that is there.
 */
export function fillGaps({
  values,
  variates,
  timestamps,
}: Series & { readonly timestamps: Float64Array }): Series {
  const frequency = shortestFrequency(timestamps);
  if (!frequency) return { values, variates, timestamps, frequency: inferFrequency(timestamps) };
  const filled = everyStep(timestamps, frequency);
  const width = variates.length;
  const filledValues = new Float64Array(filled.length * width).fill(NaN);
  let row = 0;
  filled.forEach((time, index) => {
    if (time === timestamps[row]) {
      filledValues.set(values.subarray(row * width, (row + 1) * width), index * width);
      row += 1;
    }
  });
  if (row < timestamps.length) {
    throw new DataError(
      `fillGaps: rows must lie on one grid of times, row ${row + 1} at ${new Date(timestamps[row]).toISOString()} does not. ` +
        'Read without the time column (time: false), or resample the data.',
      'FREQ',
    );
  }
  return { values: filledValues, variates, timestamps: filled, frequency };
}
