import { DataError } from '@nextx/core';
import type { Frequency } from './series.ts';

const unitMs = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
} as const;

/**
 * The one step that leads from each timestamp to the next: months and years by the calendar, all else by the clock.
 *
 * @param timestamps  Milliseconds since 1970, UTC, ascending, at least two.
 * @throws {DataError} TOO_SHORT for fewer than two; FREQ naming the first row that the step does not lead to.
 */
export function inferFrequency(timestamps: Float64Array): Frequency {
  if (timestamps.length < 2) {
    throw new DataError(
      `inferFrequency: two timestamps or more must be there, got ${timestamps.length}. Add rows.`,
      'TOO_SHORT',
    );
  }
  const frequency = shortestFrequency(timestamps);
  const expected =
    frequency && continueTimestamps(timestamps.subarray(0, 1), frequency, timestamps.length - 1);
  const row = expected?.findIndex((time, index) => time !== timestamps[index + 1]);
  if (frequency && row === -1) return frequency;
  throw irregular(timestamps, frequency, (row ?? 0) + 1);
}

/**
 * The timestamps after the last one.
 *
 * @param timestamps  Those so far, one at least. Where all of them are last days of months, the others are too.
 * @param count  How many to add.
 */
export function continueTimestamps(
  timestamps: Float64Array,
  { count: step, unit, isMonthEnd }: Frequency,
  count: number,
): Float64Array {
  const last = timestamps[timestamps.length - 1];
  if (unit !== 'month' && unit !== 'year') {
    return Float64Array.from(
      { length: count },
      (_, index) => last + (index + 1) * step * unitMs[unit],
    );
  }
  const months = unit === 'year' ? 12 * step : step;
  return Float64Array.from({ length: count }, (_, index) =>
    addMonths(last, (index + 1) * months, isMonthEnd ?? false),
  );
}

/**
 * A timestamp for each step from the first to the last.
 *
 * @throws {DataError} LIMIT if there would be over ten times as many.
 */
export function everyStep(timestamps: Float64Array, frequency: Frequency): Float64Array {
  const first = timestamps.subarray(0, 1);
  const last = timestamps[timestamps.length - 1];
  const [second] = continueTimestamps(first, frequency, 1);
  const atMost = Math.ceil((1.2 * (last - first[0])) / (second - first[0])) + 1;
  if (atMost > 12 * timestamps.length) {
    throw new DataError(
      `fillGaps: gaps must be fewer than ten rows for each that is there, ${timestamps.length} rows would become ` +
        `about ${atMost}. Resample the data, or read without the time column (time: false).`,
      'LIMIT',
    );
  }
  const all = new Float64Array(atMost + 1);
  all[0] = first[0];
  all.set(continueTimestamps(first, frequency, atMost), 1);
  return all.subarray(
    0,
    all.findIndex((time) => time > last),
  );
}

/**
 * Steps of a frequency that make one season, as forecasting competitions count them: 24 hours of a day, 7 days, 12 months, 4
 * quarters; 1 for weeks and years (Makridakis et al. 2020, M4).
 */
export function seasonLength({ count, unit }: Frequency): number {
  const season = { second: 60, minute: 1440, hour: 24, day: 7, week: 1, month: 12, year: 1 }[unit];
  return season % count === 0 ? season / count : 1;
}

/** `15 minutes`, `1 hour`. */
export function describeFrequency({ count, unit }: Frequency): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The shortest step between two rows, in the unit that fits it best; undefined below a second, and where times do not ascend. */
export function shortestFrequency(timestamps: Float64Array): Frequency | undefined {
  const steps = timestamps.subarray(1).map((time, index) => time - timestamps[index]);
  const least = steps.reduce((a, b) => Math.min(a, b));
  return monthlyFrequency(timestamps) ?? clockFrequency(least);
}

function clockFrequency(step: number): Frequency | undefined {
  const units = ['week', 'day', 'hour', 'minute', 'second'] as const;
  const unit = units.find((name) => step % unitMs[name] === 0);
  return unit && step > 0 ? { count: step / unitMs[unit], unit } : undefined;
}

/** Months or years if every row is on the same day of its month, or on the last one. */
function monthlyFrequency(timestamps: Float64Array): Frequency | undefined {
  const first = new Date(timestamps[0]);
  let isSameDay = true;
  let isMonthEnd = true;
  let least = Infinity;
  let previous = -Infinity;
  for (const time of timestamps) {
    const date = new Date(time);
    if ((time - timestamps[0]) % unitMs.day !== 0) return undefined;
    isSameDay &&= date.getUTCDate() === first.getUTCDate();
    isMonthEnd &&= new Date(time + unitMs.day).getUTCDate() === 1;
    const month = 12 * date.getUTCFullYear() + date.getUTCMonth();
    least = Math.min(least, month - previous);
    previous = month;
  }
  if (!(isSameDay || isMonthEnd) || least < 1) return undefined;
  const anchor = isMonthEnd ? { isMonthEnd } : {};
  return least % 12 === 0
    ? { count: least / 12, unit: 'year', ...anchor }
    : { count: least, unit: 'month', ...anchor };
}

function addMonths(time: number, months: number, isMonthEnd: boolean): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(date);
  lastDay.setUTCMonth(date.getUTCMonth() + 1, 0);
  date.setUTCDate(isMonthEnd ? lastDay.getUTCDate() : Math.min(day, lastDay.getUTCDate()));
  return date.getTime();
}

function irregular(
  timestamps: Float64Array,
  frequency: Frequency | undefined,
  row: number,
): DataError {
  const at = (index: number) => new Date(timestamps[index]).toISOString();
  const step = frequency ? describeFrequency(frequency) : 'whole seconds';
  return new DataError(
    `inferFrequency: rows must follow each other by one step (${step}), row ${row + 1} is at ${at(row)}, the one before ` +
      `at ${at(row - 1)}. Fill the missing rows (gaps: 'fill'), or read without the time column (time: false).`,
    'FREQ',
  );
}
