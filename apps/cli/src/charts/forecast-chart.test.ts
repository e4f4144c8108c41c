import { describe, expect, it } from 'vitest';
import { chartPng } from './draw-chart.ts';
import { forecastChart } from './forecast-chart.ts';

const day = 86_400_000;
const chart = {
  history: {
    values: Float64Array.of(9, 9, 9, 1, 2, 3),
    variates: ['load & more'],
    timestamps: Float64Array.from({ length: 6 }, (_, row) => row * day),
    frequency: { count: 1, unit: 'day' as const },
  },
  forecast: {
    values: Float64Array.of(4),
    variates: ['load & more'],
    timestamps: Float64Array.of(6 * day),
    frequency: { count: 1, unit: 'day' as const },
    intervals: [
      { level: 80, lower: Float64Array.of(3), upper: Float64Array.of(5) },
      { level: 95, lower: Float64Array.of(2), upper: Float64Array.of(6) },
    ],
  },
};
const lines = (svg: string) =>
  [...svg.matchAll(/<g aria-label="line"[^>]*><path d="([^"]*)"/g)].map(([, path]) => path);

describe('forecastChart', () => {
  it('draws a band for each interval, the past, and the forecast from the last value on', async () => {
    const svg = await forecastChart(chart);

    expect(svg.match(/aria-label="area"/g)).toHaveLength(2);
    // Three rows of the past for one step ahead; the forecast joins the last of them.
    const [past, ahead] = lines(svg).map((path) => path.slice(1).split('L'));
    expect([past.length, ahead.length]).toEqual([3, 2]);
    expect(ahead[0]).toBe(past[2]);
    expect(svg).toContain('load &amp; more');
    expect(svg).not.toContain('NaN');
  });

  it('adds what came, and counts rows where there are no times', async () => {
    const { values, variates, intervals } = chart.forecast;
    const history = { values: chart.history.values, variates };
    const actual = { values: Float64Array.of(5), variates };

    const svg = await forecastChart({ history, forecast: { values, variates, intervals }, actual });

    expect(lines(svg)).toHaveLength(3);
  });

  it('gives each variate a panel with a scale of its own', async () => {
    const variates = ['a', 'b'];
    const history = { values: Float64Array.of(1, 1000, 2, 2000), variates };
    const forecast = { values: Float64Array.of(3, 3000), variates, intervals: [] };

    const [first, , second] = lines(await forecastChart({ history, forecast }));

    expect(first).toBe(second);
  });
});

describe('chartPng', () => {
  it('is a PNG of twice the size', async () => {
    const png = Buffer.from(await chartPng(await forecastChart(chart)));

    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1520, 480]);
  });
});
