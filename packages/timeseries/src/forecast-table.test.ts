import { describe, expect, it } from 'vitest';
import { seriesCsv } from './data/write-series-csv.ts';
import { forecastTable } from './forecast-table.ts';

describe('forecastTable', () => {
  it('has the bounds of each variate beside it', () => {
    const table = forecastTable({
      values: Float64Array.of(1, 10, 2, 20),
      variates: ['a', 'b'],
      timestamps: Float64Array.of(0, 86_400_000),
      frequency: { count: 1, unit: 'day' },
      intervals: [
        { level: 80, lower: Float64Array.of(0, 9, 1, 19), upper: Float64Array.of(2, 11, 3, 21) },
      ],
    });

    expect(seriesCsv(table)).toBe(
      'time,a,a_lower_80,a_upper_80,b,b_lower_80,b_upper_80\n' +
        '1970-01-01,1,0,2,10,9,11\n1970-01-02,2,1,3,20,19,21\n',
    );
  });

  it('refuses a variate with the name of a bound', () => {
    const bounds = { level: 80, lower: Float64Array.of(0, 0), upper: Float64Array.of(2, 2) };

    expect(() =>
      forecastTable({
        values: Float64Array.of(1, 1),
        variates: ['a', 'a_lower_80'],
        intervals: [bounds],
      }),
    ).toThrow('"a_lower_80" is a variate and a bound of another');
  });
});
