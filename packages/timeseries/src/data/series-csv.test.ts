import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSeriesCsv } from './series-csv.ts';
import { seriesCsv } from './write-series-csv.ts';

const hours = (...rows: string[]) =>
  ['time,load', ...rows.map((row, hour) => `2024-01-01 0${hour}:00,${row}`)].join('\n');

describe('parseSeriesCsv', () => {
  it('reads values, names, times and their step', async () => {
    const series = await parseSeriesCsv(
      'date,a,b\n2016-07-01 00:00:00,1,2\n2016-07-01 01:00:00,3,4\n',
    );

    expect(series).toEqual({
      values: Float64Array.of(1, 2, 3, 4),
      variates: ['a', 'b'],
      timestamps: Float64Array.of(Date.UTC(2016, 6, 1, 0), Date.UTC(2016, 6, 1, 1)),
      frequency: { count: 1, unit: 'hour' },
    });
  });

  it.each([
    ['CRLF', 'date,a\r\n2016-07-01,1\r\n2016-07-02,2\r\n'],
    ['a byte-order mark', '\uFEFFdate,a\n2016-07-01,1\n2016-07-02,2'],
    ['semicolons and decimal commas', 'date;a\n2016-07-01;1,0\n2016-07-02;2,0\n'],
    ['tabs', 'date\ta\n2016-07-01\t1\n2016-07-02\t2\n'],
    ['quotes', '"date","a"\n"2016-07-01","1"\r\n"2016-07-02","2"\r\n'],
    ['carriage returns alone', 'date,a\r2016-07-01,1\r2016-07-02,2'],
    ['empty lines and spaces', 'date, a\n\n2016-07-01, 1 \n2016-07-02,2e0\n\n'],
  ])('reads %s alike', async (_, text) => {
    const { values, variates, frequency } = await parseSeriesCsv(text);

    expect([[...values], variates, frequency]).toEqual([[1, 2], ['a'], { count: 1, unit: 'day' }]);
  });

  it('reads the same whatever pieces the text comes in', async () => {
    const text = '\uFEFF"date";"a\nb"\r\n2016-07-01;"1,5"\r\n2016-07-02;-2\r\n';
    const whole = await parseSeriesCsv(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 4 }), async (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
        expect(await parseSeriesCsv(pieces)).toEqual(whole);
      }),
    );
    expect([whole.variates, [...whole.values]]).toEqual([['a\nb'], [1.5, -2]]);
  });

  it('keeps missing values as NaN', async () => {
    const { values } = await parseSeriesCsv(hours('1', '', 'NA', 'null', '-', 'NaN', '7'));

    expect([...values]).toEqual([1, NaN, NaN, NaN, NaN, NaN, 7]);
  });

  it('counts rows where there are no times, also without a header', async () => {
    expect(await parseSeriesCsv('a,b\n1,2\n3,4')).toEqual({
      values: Float64Array.of(1, 2, 3, 4),
      variates: ['a', 'b'],
    });
    expect((await parseSeriesCsv('1.5\n2.5\n')).values).toEqual(Float64Array.of(1.5, 2.5));
    expect((await parseSeriesCsv('year,a\n1999,1\n2000,2', { time: false })).variates).toEqual([
      'year',
      'a',
    ]);
  });

  it('finds years in a first column without a name', async () => {
    const { variates, frequency } = await parseSeriesCsv(',0\n1821,269\n1822,321\n');

    expect([variates, frequency]).toEqual([['0'], { count: 1, unit: 'year' }]);
  });

  it('joins the columns that are named as the time', async () => {
    const text = 'year,quarter,gdp\n1959,4,1\n1960,1,2\n';
    const { variates, frequency } = await parseSeriesCsv(text, { time: ['year', 'quarter'] });

    expect([variates, frequency]).toEqual([['gdp'], { count: 3, unit: 'month' }]);
  });

  it('reads the chosen columns in their order, and the last rows', async () => {
    const text = 'a,b,word\n1,2,x\n3,4,y\n5,6,z\n';
    const { values, variates } = await parseSeriesCsv(text, { columns: ['b', 'a'], lastRows: 2 });

    expect([variates, [...values]]).toEqual([
      ['b', 'a'],
      [4, 3, 6, 5],
    ]);
  });

  it('keeps a column called __proto__', async () => {
    expect((await parseSeriesCsv('__proto__,constructor\n1,2\n3,4')).variates).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it('adds the rows that are missing when asked, and else says where', async () => {
    const text = 'date,a\n2024-01-01,1\n2024-01-02,2\n2024-01-05,5\n';

    await expect(parseSeriesCsv(text)).rejects.toThrow(/row 3 is at 2024-01-05/);
    const { values, frequency } = await parseSeriesCsv(text, { gaps: 'fill' });
    expect([[...values], frequency]).toEqual([[1, 2, NaN, NaN, 5], { count: 1, unit: 'day' }]);
  });

  it.each([
    ['an empty file', '', 'TOO_SHORT', 'no row of values'],
    ['a header only', 'date,a\n', 'TOO_SHORT', 'no row of values'],
    ['one row with a time', 'date,a\n2024-01-01,1', 'TOO_SHORT', 'two timestamps'],
    ['a word', hours('1', 'many'), 'BAD_INPUT', 'row 2, column "load"'],
    ['infinity', hours('1', 'Infinity'), 'BAD_INPUT', 'row 2, column "load"'],
    ['a number too large', hours('1', '1e999'), 'BAD_INPUT', 'row 2, column "load"'],
    ['thousands separators', hours('"1,234.5"', '2'), 'BAD_INPUT', 'got "1,234.5"'],
    ['a hexadecimal number', hours('0x10', '2'), 'BAD_INPUT', 'got "0x10"'],
    ['digits of another script', hours('\u0661\u0662', '2'), 'BAD_INPUT', 'row 1'],
    ['a repeated time', 'date,a\n2024-01-01,1\n2024-01-01,2', 'BAD_INPUT', 'row 2, column "date"'],
    [
      'times that go back',
      'date,a\n2024-01-02,1\n2024-01-01,2',
      'BAD_INPUT',
      'precedes the row before',
    ],
    ['a time that is none', 'date,a\n2024-01-01,1\n2024-02-30,2', 'BAD_INPUT', 'got "2024-02-30"'],
    ['a date of unknown order', 'date,a\n03/04/11,1\n04/04/11,2', 'BAD_INPUT', 'dateOrder'],
    [
      'offsets here and there',
      'date,a\n2024-01-01T00:00Z,1\n2024-01-01T01:00,2',
      'BAD_INPUT',
      'offset',
    ],
    [
      'a step that changes',
      'date,a\n2024-01-01 00:00,1\n2024-01-01 01:00,1\n2024-01-01 03:00,1',
      'FREQ',
      'row 3',
    ],
    ['a short row', 'a,b\n1,2\n3\n', 'FORMAT', 'row 2 has 1'],
    ['a repeated column', 'a,a\n1,2\n3,4\n', 'FORMAT', '"a" comes twice'],
    ['an open quote', 'a,b\n1,"2\n3,4\n', 'FORMAT', 'row 2'],
    ['no values besides times', 'date\n2024-01-01\n2024-01-02', 'FORMAT', 'besides the times'],
  ])('refuses %s', async (_, text, code, message) => {
    await expect(parseSeriesCsv(text)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('refuses a column that is not there and lists those that are', async () => {
    await expect(parseSeriesCsv('a,b\n1,2', { columns: ['c'] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('"a", "b"'),
    });
  });
});

describe('seriesCsv', () => {
  it.each([
    'time,a,"b,c"\n2016-07-01 00:00:00,1,\n2016-07-01 00:15:00,3.25,-4e-7\n',
    'time,a\n2016-01-31,1\n2016-02-29,2\n2016-03-31,3\n',
    'a,b\n1,2\n3,4\n',
  ])('writes what parseSeriesCsv reads: %j', async (text) => {
    expect(seriesCsv(await parseSeriesCsv(text))).toBe(text);
  });
});
