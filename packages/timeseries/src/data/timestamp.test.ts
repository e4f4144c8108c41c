import { describe, expect, it } from 'vitest';
import { isAmbiguousDate, parseTimestamp } from './timestamp.ts';

const iso = (text: string, order?: 'day-first' | 'month-first') => {
  const parsed = parseTimestamp(text, order);
  return parsed && new Date(parsed.milliseconds).toISOString();
};

describe('parseTimestamp', () => {
  it.each([
    ['2016-07-01 00:00:00', '2016-07-01T00:00:00.000Z'],
    ['2010/01/01 23:00', '2010-01-01T23:00:00.000Z'],
    ['1990/1/2 0:00', '1990-01-02T00:00:00.000Z'],
    ['1972-01-01 00-00-00', '1972-01-01T00:00:00.000Z'],
    ['2010 1 1 5', '2010-01-01T05:00:00.000Z'],
    ['1949-02', '1949-02-01T00:00:00.000Z'],
    ['19580329', '1958-03-29T00:00:00.000Z'],
    ['1821', '1821-01-01T00:00:00.000Z'],
    ['1959Q3', '1959-07-01T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31', '9999-12-31T00:00:00.000Z'],
    ['2024-02-29T12:30:15.25Z', '2024-02-29T12:30:15.250Z'],
    ['2024-03-31T02:30+02:00', '2024-03-31T00:30:00.000Z'],
    ['2024-03-31 02:30 -0530', '2024-03-31T08:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it('reads day and month in the order that was said, and two-digit years', () => {
    expect(iso('03/04/11', 'day-first')).toBe('2011-04-03T00:00:00.000Z');
    expect(iso('03/04/2011 07:00', 'month-first')).toBe('2011-03-04T07:00:00.000Z');
    expect(iso('31/12/99', 'day-first')).toBe('1999-12-31T00:00:00.000Z');
  });

  it.each(['2023-02-29', '2016-13-01', '2016-07-01 25:00', '03/04/11', 'May', '', '12.5', '-5'])(
    'gives nothing for %j',
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );

  it('tells whether the offset was written', () => {
    expect(parseTimestamp('2024-01-01T00:00Z')?.isZoned).toBe(true);
    expect(parseTimestamp('2024-01-01T00:00')?.isZoned).toBe(false);
    expect(isAmbiguousDate('03/04/11')).toBe(true);
    expect(isAmbiguousDate('2011/04/03')).toBe(false);
  });
});
