import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import { countMissing } from '../fill-missing.ts';
import { describeFrequency } from '../frequency.ts';
import { readSeriesCsv } from '../node/read-series.ts';
import { seriesLength } from '../series.ts';
import { benchmark } from './benchmark.ts';
import type { SeriesTableOptions } from './series-table.ts';
import { longHorizonErrors } from '../long-horizon.ts';
import { repeatLast } from '../baselines/repeat-last.ts';
import { startWasm } from '../ett.test-support.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = join(dataFolder(root), 'timeseries');

interface Expected {
  readonly file: string;
  readonly options?: SeriesTableOptions;
  readonly rows: number;
  readonly variates: number;
  readonly step: string;
  readonly missing?: number;
}

const sets: readonly Expected[] = [
  { file: 'classic/air_passengers.csv', rows: 144, variates: 1, step: '1 month' },
  { file: 'classic/lynx.csv', rows: 114, variates: 1, step: '1 year' },
  { file: 'classic/sunspots_yearly.csv', rows: 309, variates: 1, step: '1 year' },
  { file: 'classic/nile.csv', rows: 100, variates: 1, step: '1 year' },
  { file: 'classic/elnino_monthly.csv', rows: 61, variates: 12, step: '1 year' },
  { file: 'classic/co2_weekly.csv', rows: 2284, variates: 1, step: '1 week', missing: 59 },
  {
    file: 'classic/us_macro_quarterly.csv',
    options: { time: ['year', 'quarter'] },
    rows: 203,
    variates: 12,
    step: '3 months',
  },
  // 8,759 rows: the hour that clocks skip in March is not there.
  {
    file: 'classic/sf_temp_hourly_2010.csv',
    options: { gaps: 'fill' },
    rows: 8760,
    variates: 1,
    step: '1 hour',
    missing: 1,
  },
  {
    file: 'classic/seattle_weather_daily.csv',
    options: { columns: ['precipitation', 'temp_max', 'temp_min', 'wind'] },
    rows: 1461,
    variates: 4,
    step: '1 day',
  },
  {
    file: 'multivariate/beijing_pm25_hourly.csv.gz',
    options: { time: ['year', 'month', 'day', 'hour'], columns: ['pm2.5', 'TEMP'] },
    rows: 43_824,
    variates: 2,
    step: '1 hour',
    missing: 2067,
  },
  {
    file: 'multivariate/bike_sharing_hourly.csv.gz',
    options: { time: ['dteday', 'hr'], dateOrder: 'day-first', columns: ['cnt'], gaps: 'fill' },
    // Two years of hours, one of them a leap year, less the 17,379 rows that are there.
    rows: 731 * 24,
    variates: 1,
    step: '1 hour',
    missing: 731 * 24 - 17_379,
  },
  { file: 'multivariate/exchange_rate.csv.gz', rows: 7588, variates: 8, step: '1 day' },
  { file: 'multivariate/national_illness.csv', rows: 966, variates: 7, step: '1 week' },
];

describe.skipIf(!existsSync(folder))(`the series of ${folder}`, () => {
  it.each(sets)(
    'reads $file',
    async ({ file, options = {}, rows, variates, step, missing = 0 }) => {
      const series = await readSeriesCsv(join(folder, file), options);

      expect(seriesLength(series)).toBe(rows);
      expect(series.variates).toHaveLength(variates);
      expect(series.frequency && describeFrequency(series.frequency)).toBe(step);
      expect(countMissing(series)).toBe(missing);
    },
  );

  it('gives the stated errors of repeat last on exchange_rate and national_illness', async () => {
    await startWasm();
    const exchange = benchmark(
      await readSeriesCsv(join(folder, 'multivariate/exchange_rate.csv.gz')),
    );
    const illness = benchmark(
      await readSeriesCsv(join(folder, 'multivariate/national_illness.csv')),
    );

    const long = await longHorizonErrors(repeatLast(720), exchange);
    const short = await longHorizonErrors(repeatLast(60), illness, { horizons: [24, 36, 48, 60] });

    expectErrors(
      long,
      [
        [0.0811, 0.1964],
        [0.1671, 0.2887],
        [0.3057, 0.3978],
        [0.8101, 0.6764],
      ],
      4,
    );
    expectErrors(
      short,
      [
        [6.213, 1.622],
        [7.714, 1.906],
        [7.851, 1.952],
        [6.885, 1.788],
      ],
      3,
    );
  });
});

function expectErrors(
  found: readonly { readonly mse: number; readonly mae: number }[],
  stated: readonly (readonly number[])[],
  digits: number,
): void {
  found
    .flatMap(({ mse, mae }) => [mse, mae])
    .forEach((error, index) => {
      expect(error).toBeCloseTo(stated.flat()[index], digits);
    });
}
