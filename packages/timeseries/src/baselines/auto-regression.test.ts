import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { describe, expect, it } from 'vitest';
import { mase, seasonalScale } from '../metrics/mase.ts';
import { mae } from '../metrics/mean-error.ts';
import { smape } from '../metrics/smape.ts';
import { readSeriesCsv } from '../node/read-series.ts';
import { autoRegression, fitAutoRegression } from './auto-regression.ts';
import { seasonalNaive } from './naive.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const classic = join(dataFolder(root), 'timeseries', 'classic');
const valuesOf = async (name: string) => (await readSeriesCsv(join(classic, name))).values;

/** In-sample mean squared error of one step. */
function stepError(history: Float64Array, order: number): number {
  const { predict } = autoRegression(order).fit(history);
  const targets = [...history.keys()].slice(order);
  const squares = targets.map((at) => (history[at] - predict(history.subarray(0, at), 1)[0]) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

function expectFit(history: Float64Array, stated: readonly number[], digits: number): void {
  const { intercept, coefficients } = fitAutoRegression(history, stated.length - 1);
  [intercept, ...coefficients].forEach((value, index) => {
    expect(value).toBeCloseTo(stated[index], digits);
  });
}

describe.skipIf(!existsSync(classic))(`fitAutoRegression on ${classic}`, () => {
  it('has the stated coefficients of the sunspots', async () => {
    const sunspots = await valuesOf('sunspots_yearly.csv');

    expectFit(sunspots, [14.907148, 1.391805, -0.690287], 6);
    expectFit(
      sunspots,
      [6.743054, 1.164942, -0.405357, -0.166539, 0.149806, -0.094624, 0.00491, 0.050467, -0.086353, 0.253491],
      6,
    );
    expect(stepError(sunspots, 2)).toBeCloseTo(275.4363, 4);
    expect(stepError(sunspots, 9)).toBeCloseTo(221.2258, 4);
  });

  it('has the stated coefficients of the lynx', async () => {
    const lynx = (await valuesOf('lynx.csv')).map(Math.log10);

    expectFit(lynx, [1.0576, 1.384238, -0.747776], 5);
    expectFit(
      lynx,
      [1.11482, 1.149253, -0.536353, 0.280055, -0.330594, 0.171257, -0.164753, 0.071972, -0.029073, 0.148051, 0.19608, -0.342231],
      5,
    );
    expect(stepError(lynx, 2)).toBeCloseTo(0.05163, 5);
    expect(stepError(lynx, 11)).toBeCloseTo(0.03645, 5);
  });

  it('forecasts the last 24 months of the air passengers as stated', async () => {
    const passengers = await valuesOf('air_passengers.csv');
    const [history, actual] = [passengers.slice(0, 120), passengers.slice(120)];
    const seasonal = seasonalNaive(12).fit(history).predict(history, 24);
    const logarithms = history.map(Math.log);
    const ar = autoRegression(13).fit(logarithms).predict(logarithms, 24).map(Math.exp);

    expect(mae(actual, seasonal)).toBeCloseTo(71.25, 2);
    expect(smape(actual, seasonal)).toBeCloseTo(17.01, 2);
    expect(mase(actual, seasonal, seasonalScale(history, 12))).toBeCloseTo(2.494, 3);
    expect(mae(actual, ar)).toBeCloseTo(33.63, 2);
    expect(smape(actual, ar)).toBeCloseTo(7.75, 2);
  });
});

describe('fitAutoRegression', () => {
  it('recovers a recurrence without noise', () => {
    const values = new Float64Array(40);
    values[1] = 1;
    for (let at = 2; at < 40; at += 1) values[at] = 2 + 0.5 * values[at - 1] - 0.8 * values[at - 2];

    expectFit(values, [2, 0.5, -0.8], 9);
  });

  it.each([7, 1e30, 0, -3e-9])('continues a constant series of %d', (value) => {
    const history = new Float64Array(12).fill(value);

    const forecast = autoRegression(3).fit(history).predict(history, 5);

    forecast.forEach((next) => {
      expect(Math.abs(next - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value));
    });
  });

  it('asks for more equations than unknowns', () => {
    expect(() => fitAutoRegression(new Float64Array(7), 3)).toThrow(
      expect.objectContaining({ code: 'TOO_SHORT', message: expect.stringContaining('8 values') }),
    );
  });
});
