import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError, OptionError } from '@nextx/core';
import { dataFolder } from '@nextx/core/node';
import { largestDifference } from '@nextx/core/testing';
import { describe, expect, it } from 'vitest';
import { fitAutoRegression } from '../baselines/auto-regression.ts';
import {
  simulateAutoRegression,
  stationaryCoefficients,
} from '../data/simulate-auto-regression.ts';
import { standardization, standardize } from '../data/standardize.ts';
import { readSeriesCsv } from '../node/read-series.ts';
import { fitArNet } from './fit-ar-net.ts';

const classic = join(
  dataFolder(fileURLToPath(new URL('../../../../', import.meta.url))),
  'timeseries',
  'classic',
);

describe('fitArNet', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'recovers the coefficients of a simulated AR(%i) within 0.02',
    async (order) => {
      const partials = [0.5, -0.4, 0.3, 0.2, -0.3, 0.2, -0.2, 0.25, 0.15, -0.2].slice(0, order);
      const real = stationaryCoefficients(partials);
      // Of 60,000 values least squares is off by about 1 / √60,000 = 0.004 a coefficient.
      const values = simulateAutoRegression(real, 60_000, [order, 7]);

      const { coefficients, intercept } = await fitArNet(values, {
        order,
        steps: 800,
      });

      expect(largestDifference(coefficients, real)).toBeLessThan(0.02);
      expect(Math.abs(intercept)).toBeLessThan(0.02);
    },
  );

  it('equals least squares in closed form', async () => {
    const values = simulateAutoRegression([0.5, -0.3, 0.2, 0.1], 500, [4, 7]);
    const exact = fitAutoRegression(values, 4);

    const fitted = await fitArNet(values, { order: 4 });

    expect(largestDifference(fitted.coefficients, exact.coefficients)).toBeLessThan(1e-6);
    expect(Math.abs(fitted.intercept - exact.intercept)).toBeLessThan(1e-6);
  });

  it('is nearer by a third than least squares where few of many lags count', async () => {
    const real = [0.5, 0, 0, 0, 0, 0, 0, -0.4, ...Array.from({ length: 22 }, () => 0)];
    const errors = async (sparsity: number) => {
      const sums = [1, 2, 3].map(async (key) => {
        const values = simulateAutoRegression(real, 1000, [key, 7]);
        const { coefficients } = await fitArNet(values, { order: real.length, sparsity });
        return coefficients.reduce((sum, value, lag) => sum + Math.abs(value - real[lag]), 0);
      });
      return (await Promise.all(sums)).reduce((total, sum) => total + sum);
    };

    expect(await errors(2 / 30)).toBeLessThan((2 / 3) * (await errors(1)));
  });

  it('refuses series that are too short or not finite, and options that make no sense', async () => {
    const few = fitArNet(Float64Array.of(1, 2), { order: 2 });
    const gap = fitArNet(Float64Array.of(1, NaN, 2), { order: 1 });

    await expect(few).rejects.toMatchObject({ code: 'TOO_SHORT' });
    await expect(gap).rejects.toThrow(DataError);
    for (const bad of [{ order: 0 }, { order: 1, sparsity: 0 }, { order: 1, steps: NaN }]) {
      await expect(fitArNet(Float64Array.of(1, 2), bad)).rejects.toThrow(OptionError);
    }
  });

  it('stops by its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(
      fitArNet(simulateAutoRegression([0.5], 100, [1, 7]), { order: 1, signal }),
    ).rejects.toThrow('enough');
  });
});

describe.skipIf(!existsSync(classic))(`fitArNet on ${classic}`, () => {
  // Constant first, then lag 1, 2, ...: least squares, measured in float64 by another program.
  it.each([
    ['sunspots_yearly.csv', Number, [14.907148, 1.391805, -0.690287]],
    [
      'sunspots_yearly.csv',
      Number,
      [
        6.743054, 1.164942, -0.405357, -0.166539, 0.149806, -0.094624, 0.00491, 0.050467, -0.086353,
        0.253491,
      ],
    ],
    ['lynx.csv', Math.log10, [1.0576, 1.384238, -0.747776]],
    [
      'lynx.csv',
      Math.log10,
      [
        1.11482, 1.149253, -0.536353, 0.280055, -0.330594, 0.171257, -0.164753, 0.071972, -0.029073,
        0.148051, 0.19608, -0.342231,
      ],
    ],
  ])('gives the least squares of %s, %#', async (file, change, [constant, ...expected]) => {
    const series = await readSeriesCsv(join(classic, file));
    const column = series.variates.length - 1;
    const values = series.values
      .filter((_, index) => index % series.variates.length === column)
      .map(change);
    const one = { values, variates: ['value'] };
    const scale = standardization(one, { start: 0, end: values.length });

    const { coefficients, intercept } = await fitArNet(standardize(values, scale), {
      order: expected.length,
      steps: 20_000,
    });

    expect(largestDifference(coefficients, expected)).toBeLessThan(1e-3);
    const sum = coefficients.reduce((total, value) => total + value, 0);
    const inUnits = scale.mean[0] * (1 - sum) + scale.deviation[0] * intercept;
    expect(Math.abs(inUnits / constant - 1)).toBeLessThan(1e-3);
  });
});
