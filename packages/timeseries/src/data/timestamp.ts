/** A point in time as it was written. */
export interface ParsedTimestamp {
  /** Milliseconds since 1970, UTC. */
  readonly milliseconds: number;
  /** Whether the text named its offset from UTC; a time without one is taken as UTC. */
  readonly isZoned: boolean;
}

/** Which number of `03/04/11` is the day. */
export type DateOrder = 'day-first' | 'month-first';

const clock = String.raw`(?<hour>\d{1,2})(?:[:-](?<minute>\d{2})(?:[:-](?<second>\d{2})(?:\.(?<fraction>\d{1,9}))?)?)?`;
const zone = String.raw`(?<zone>Z|[+-]\d{2}(?::?\d{2})?)`;
const quarterForm = /^(?<year>\d{4})[-/. ]?Q(?<quarter>[1-4])$/i;
const compactForm = /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/;
const yearFirst = new RegExp(
  String.raw`^(?<year>\d{4})(?:[-/. ](?<month>\d{1,2})(?:[-/. ](?<day>\d{1,2})(?:[T ]${clock} ?${zone}?)?)?)?$`,
);
const yearLast = new RegExp(
  String.raw`^(?<first>\d{1,2})[-/.](?<second_>\d{1,2})[-/.](?<year>\d{4}|\d{2})(?:[T ]${clock} ?${zone}?)?$`,
);

/**
 * Reads `2016-07-01 00:00:00`, `2016/7/1 0:00`, ISO 8601 with or without an offset, `2016-07`, `20160701`, `2016`, `2016Q3`,
 * and, once their order is said, `01/07/2016` and `01/07/16` (years 1970 to 2069).
 *
 * @returns undefined for anything else, days that do not exist included.
 */
export function parseTimestamp(text: string, order?: DateOrder): ParsedTimestamp | undefined {
  const trimmed = text.trim();
  const parts =
    yearFirst.exec(trimmed)?.groups ??
    quarterForm.exec(trimmed)?.groups ??
    compactForm.exec(trimmed)?.groups ??
    (order && ordered(yearLast.exec(trimmed)?.groups, order));
  return parts && fromParts(parts);
}

/** Whether the text is a date whose first number may be the day or the month. */
export function isAmbiguousDate(text: string): boolean {
  return yearLast.test(text.trim());
}

type Parts = Record<string, string | undefined>;

function ordered(parts: Parts | undefined, order: DateOrder): Parts | undefined {
  if (!parts) return undefined;
  const { first, second_: second, year = '' } = parts;
  const century = Number(year) < 70 ? '20' : '19';
  return {
    ...parts,
    year: year.length === 2 ? century + year : year,
    day: order === 'day-first' ? first : second,
    month: order === 'day-first' ? second : first,
  };
}

function fromParts(parts: Parts): ParsedTimestamp | undefined {
  const { hour = 0, minute = 0, second = 0, fraction = 0, zone: offset } = parts;
  const month = parts['quarter'] ? 3 * Number(parts['quarter']) - 2 : Number(parts['month'] ?? 1);
  const midnight = dateMs(Number(parts['year']), month, Number(parts['day'] ?? 1));
  const isClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (midnight === undefined || !isClock) return undefined;
  const minutes = 60 * Number(hour) + Number(minute) - offsetMinutes(offset);
  const milliseconds = 1000 * Number(second) + Math.floor(1000 * Number(`0.${fraction}`));
  return {
    milliseconds: midnight + 60_000 * minutes + milliseconds,
    isZoned: offset !== undefined,
  };
}

/** Midnight of a day, UTC; undefined if there is no such day. */
function dateMs(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() : undefined;
}

function offsetMinutes(text: string | undefined): number {
  if (text === undefined || text === 'Z') return 0;
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * (60 * Number(text.slice(1, 3)) + Number(text.slice(3).replace(':', '') || 0));
}
