import { activateEngine } from '@nextx/cli/engines';
import { slice } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { forecastModel, forecastWindows } from './forecast-model.ts';
import { forecastNetworks } from './forecast-network.ts';
import type { ForecastNetwork } from './forecast-network.ts';
import { measureForecaster } from './measure-forecaster.ts';

beforeAll(() => activateEngine('wasm'));

/** The networks of the benchmark, of a few windows. */
const networks = forecastNetworks(false).map((network): ForecastNetwork => ({
  ...network,
  batch: 2,
}));

describe('measureForecaster', () => {
  it.each([networks[0], networks[2]])(
    'trains $name on its batch and forecasts it',
    async (network) => {
      const { params, bind } = await forecastModel(network);
      const windows = forecastWindows(network);
      const values = slice(windows.values, [0, 0, 0], [-1, network.lookBack, -1]);
      const own = bind(params).loss(windows);
      const [first] = await own.data();

      const measured = await measureForecaster(
        { params, bind, windows, past: { ...windows, values } },
        { steps: 3, forecasts: 1 },
      );

      expect(measured.losses).toHaveLength(4);
      expect(measured.losses[0]).toBeCloseTo(first, 5);
      expect(measured.losses[3]).toBeLessThan(measured.losses[0]);
      expect(measured.stepSeconds).toBeGreaterThan(0);
      expect(measured.forecastSeconds).toBeGreaterThan(0);
    },
  );
});

describe('forecastNetworks', () => {
  it('has the single model in two widths and iTransformer, when quick the smaller one', () => {
    expect(networks.map(({ name }) => name)).toEqual([
      'autotimes 2 x 64',
      'autotimes 2 x 128',
      'itransformer 2 x 256',
    ]);
    expect(forecastNetworks(true).map(({ name }) => name)).toEqual([
      networks[0].name,
      networks[2].name,
    ]);
  });

  it('gives weights official names, which the peer reads', async () => {
    const [{ rules }, { rules: inverted }] = await Promise.all(
      [networks[0], networks[2]].map(forecastModel),
    );

    expect(rules.map(({ official }) => official)).toContain('gpt2.h.1.mlp.c_fc.weight');
    expect(inverted.map(({ official }) => official)).toContain('projector.weight');
  });
});
