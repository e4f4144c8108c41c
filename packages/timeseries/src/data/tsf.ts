import { DataError } from '@nextx/core';
import { continueTimestamps } from '../frequency.ts';
import type { Frequency, Series } from '../series.ts';
import { parseNumberCell } from './number-cell.ts';
import { parseTimestamp } from './timestamp.ts';

/** The series of a file of the Monash archive. */
export interface TsfCollection {
  /** Of one variate each, which is named as the series is. */
  readonly series: readonly Series[];
  /** Steps that the archive forecasts, if the file says so. */
  readonly horizon?: number;
}

/**
 * Reads the text format `.tsf`: attributes in the header, then a series a line, its attributes and values between colons, `?`
 * for a missing value (Godahewa et al. 2021, Monash Time Series Forecasting Archive).
 *
 * @throws {DataError} FORMAT for a header or a line that is not of this form; BAD_INPUT naming series and value for what is no
 * number; FREQ for a frequency that is not known; TOO_SHORT without series.
 */
export function parseTsf(text: string): TsfCollection {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const dataLine = lines.findIndex((line) => line.trim().toLowerCase() === '@data');
  if (dataLine === -1) {
    throw new DataError(
      'parseTsf: a line "@data" must stand before the series, none was found. Give a .tsf file.',
      'FORMAT',
    );
  }
  const header = lines.slice(0, dataLine).map((line) => line.trim().split(/\s+/));
  const valueOf = (name: string) => header.find(([key]) => key.toLowerCase() === name)?.[1];
  const attributes = header.filter(([key]) => key.toLowerCase() === '@attribute');
  const names = attributes.map(([, name]) => name);
  const frequencyName = valueOf('@frequency');
  const frequency = frequencyName === undefined ? undefined : tsfFrequency(frequencyName);
  const series = lines
    .slice(dataLine + 1)
    .map((line, index) => parseLine(line, { names, frequency, row: index + 1 }));
  if (series.length === 0) {
    throw new DataError(
      'parseTsf: series must follow "@data", there are none. Add data.',
      'TOO_SHORT',
    );
  }
  const horizon = valueOf('@horizon');
  return horizon === undefined ? { series } : { series, horizon: Number(horizon) };
}

function parseLine(
  line: string,
  {
    names,
    frequency,
    row,
  }: {
    readonly names: readonly string[];
    readonly frequency: Frequency | undefined;
    readonly row: number;
  },
): Series {
  const parts = line.trim().split(':');
  if (parts.length !== names.length + 1) {
    throw new DataError(
      `parseTsf: series ${row} must have ${names.length} attributes and values between colons, it has ${parts.length} parts. ` +
        'Correct the line.',
      'FORMAT',
    );
  }
  const attribute = (name: string) => parts[names.indexOf(name)];
  const name = names.includes('series_name') ? attribute('series_name') : String(row);
  const values = Float64Array.from(parts[names.length].split(','), (cell, index) =>
    valueAt(cell, `value ${index + 1} of series "${name}"`),
  );
  if (!frequency || !names.includes('start_timestamp')) return { values, variates: [name] };
  const start = parseTimestamp(attribute('start_timestamp'));
  if (!start) {
    throw new DataError(
      `parseTsf: series "${name}" must begin at a time, got "${attribute('start_timestamp')}". Correct the line.`,
      'BAD_INPUT',
    );
  }
  const timestamps = new Float64Array(values.length);
  timestamps[0] = start.milliseconds;
  timestamps.set(continueTimestamps(timestamps.slice(0, 1), frequency, values.length - 1), 1);
  return { values, variates: [name], timestamps, frequency };
}

function valueAt(cell: string, where: string): number {
  const value = parseNumberCell(cell, false);
  if (value === undefined) {
    throw new DataError(
      `parseTsf: ${where} must be a number or "?", got "${cell}". Correct the value.`,
      'BAD_INPUT',
    );
  }
  return value;
}

/** `yearly`, `half_hourly`, `10_minutes`, `4_seconds`, ... */
function tsfFrequency(name: string): Frequency {
  const known = tsfFrequencies[name];
  if (known) return known;
  const [, count, unit] = /^(\d+)_(second|minute|hour|day|week|month|year)s?$/.exec(name) ?? [];
  const frequency = Object.values(tsfFrequencies).find((one) => one.unit === unit);
  if (!frequency) {
    throw new DataError(
      `parseTsf: the frequency must be one of ${Object.keys(tsfFrequencies).join(', ')} or such as 10_minutes, got "${name}". ` +
        'Correct the header.',
      'FREQ',
    );
  }
  return { count: Number(count), unit: frequency.unit };
}

const tsfFrequencies: Readonly<Record<string, Frequency>> = {
  secondly: { count: 1, unit: 'second' },
  minutely: { count: 1, unit: 'minute' },
  half_hourly: { count: 30, unit: 'minute' },
  hourly: { count: 1, unit: 'hour' },
  daily: { count: 1, unit: 'day' },
  weekly: { count: 1, unit: 'week' },
  monthly: { count: 1, unit: 'month' },
  quarterly: { count: 3, unit: 'month' },
  yearly: { count: 1, unit: 'year' },
};
