import type { Frequency } from '../series.ts';
import type { Table } from './windows.ts';

/**
 * What the calendar says of each time, every number in [-0.5, 0.5]: of hourly series the hour of the day, the day of the week
 * (Monday first), of the month and of the year, in this order; finer steps put minute and second first, coarser ones leave out
 * what never changes (the "timeF" encoding of Zhou et al. 2021, Informer).
 *
 * @param timestamps  `[time]`, milliseconds since 1970, UTC.
 * @returns `[time, features]`
 */
export function calendarFeatures(
  timestamps: Float64Array,
  { unit }: Pick<Frequency, 'unit'>,
): Table {
  const features = featuresOf[unit];
  const values = new Float32Array(timestamps.length * features.length);
  timestamps.forEach((time, row) => {
    const date = new Date(time);
    features.forEach((feature, column) => {
      values[row * features.length + column] = feature(date) - 0.5;
    });
  });
  return { values, columns: features.length };
}

type Feature = (date: Date) => number;

const second: Feature = (date) => date.getUTCSeconds() / 59;
const minute: Feature = (date) => date.getUTCMinutes() / 59;
const hour: Feature = (date) => date.getUTCHours() / 23;
const weekday: Feature = (date) => ((date.getUTCDay() + 6) % 7) / 6;
const dayOfMonth: Feature = (date) => (date.getUTCDate() - 1) / 30;
const dayOfYear: Feature = (date) => yearDay(date) / 365;
const weekOfYear: Feature = (date) => (isoWeek(date) - 1) / 52;
const month: Feature = (date) => date.getUTCMonth() / 11;

const featuresOf: Readonly<Record<Frequency['unit'], readonly Feature[]>> = {
  second: [second, minute, hour, weekday, dayOfMonth, dayOfYear],
  minute: [minute, hour, weekday, dayOfMonth, dayOfYear],
  hour: [hour, weekday, dayOfMonth, dayOfYear],
  day: [weekday, dayOfMonth, dayOfYear],
  week: [dayOfMonth, weekOfYear],
  month: [month],
  year: [],
};

/** 0 on the first of January. */
function yearDay(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

/** ISO 8601: week 1 holds the year's first Thursday. */
function isoWeek(date: Date): number {
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7));
  return Math.floor(yearDay(thursday) / 7) + 1;
}
