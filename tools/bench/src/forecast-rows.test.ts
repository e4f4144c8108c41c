import { describe, expect, it } from 'vitest';
import { forecastNetworks } from './forecast-network.ts';
import type { ForecastAnswer } from './forecast-network.ts';
import { forecastRow, renderForecastRows } from './forecast-rows.ts';

const [network] = forecastNetworks(true);
const answer = (changes: Partial<ForecastAnswer>): ForecastAnswer => ({
  version: '1.0',
  losses: [0.5, 0.25],
  stepSeconds: 0.1,
  forecastSeconds: 0.05,
  ...changes,
});
const of = { weights: 112_992, threads: 2 };

describe('forecastRow', () => {
  it('has the medians of all rounds of each side', () => {
    const nextx = [0.3, 0.1, 0.2].map((stepSeconds) => answer({ stepSeconds }));
    const torch = [0.05, 0.07].map((stepSeconds) => answer({ stepSeconds }));

    const row = forecastRow(network, of, { nextx, torch });

    expect(row.nextx.stepSeconds).toBe(0.2);
    expect(row.torch?.stepSeconds).toBeCloseTo(0.06, 12);
    expect([row.nextx.firstLoss, row.nextx.lastLoss]).toEqual([0.5, 0.25]);
  });

  it('refuses sides whose first losses differ: they are not one network', () => {
    const torch = [answer({ losses: [0.5001, 0.25] })];

    expect(() => forecastRow(network, of, { nextx: [answer({})], torch })).toThrow('must be equal');
    expect(() => forecastRow(network, of, { nextx: [answer({ losses: [NaN] })], torch })).toThrow(
      'must be equal',
    );
  });
});

describe('renderForecastRows', () => {
  it('says how many times as fast nextx is, by its own time under that of PyTorch', () => {
    const row = forecastRow(network, of, {
      nextx: [answer({})],
      torch: [answer({ stepSeconds: 0.05, forecastSeconds: 0.1 })],
    });

    const cells = renderForecastRows([row]).split('\n')[2].split('|');

    expect(cells.map((cell) => cell.trim()).slice(1, 11)).toEqual([
      'autotimes 2 x 64',
      '112,992',
      '256',
      '2',
      '100.0',
      '50.0',
      '0.50',
      '5120',
      '2560',
      '2.00',
    ]);
  });

  it('leaves the peer out where there is none', () => {
    const row = forecastRow(network, of, { nextx: [answer({})], torch: [] });

    expect(renderForecastRows([row])).toMatch(/\| 100\.0 +\| - +\| - +\| 5120/);
  });
});
