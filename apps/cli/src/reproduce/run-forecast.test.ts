import { benchmark, fractionSplit } from '@nextx/timeseries';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { activateEngine } from '../engines/engine.ts';
import type { PlannedRun } from './forecast-run.ts';
import type { ForecastSystem, NetworkTraining } from './forecast-systems.ts';
import { runForecast, type RunContext } from './run-forecast.ts';

beforeAll(() => activateEngine('cpu'));

/** A wave of 12 steps, 600 rows. */
const data = benchmark(
  {
    values: Float64Array.from({ length: 600 }, (_, i) => Math.sin((Math.PI * i) / 6)),
    variates: ['wave'],
  },
  fractionSplit(600),
);
const method: NetworkTraining = {
  recipe: 'dlinear',
  options: { lookBack: 24, horizon: 8, kernel: 5 },
  samples: 'windows',
  epochs: 2,
  batchSize: 16,
  learningRate: 0.01,
  schedule: 'halving',
  mixedWith: ['wave', 'another'],
};
const system: ForecastSystem = {
  name: 'DLinear',
  label: 'DLinear',
  lookBack: 24,
  horizons: 'all',
  method: () => method,
};
const run: PlannedRun = { set: 'wave', system, horizons: [8, 20], seed: 1, method };
const context = (changes: Partial<RunContext> = {}): RunContext => ({
  open: async () => data,
  engine: 'cpu',
  signal: new AbortController().signal,
  onStep: () => {},
  ...changes,
});

describe('runForecast', () => {
  it('trains, chooses an epoch and tests all windows at every horizon', async () => {
    const steps: number[] = [];
    const sets: string[] = [];

    const finished = await runForecast(
      run,
      context({
        onStep: ({ step }) => steps.push(step),
        open: async (set) => {
          sets.push(set);
          return data;
        },
      }),
    );

    // Its own set is not mixed with itself.
    expect(sets).toEqual(['wave', 'another']);
    // Twice 420 - 32 + 1 windows in batches of 16 are 48 whole ones an epoch.
    expect(steps).toEqual(Array.from({ length: 96 }, (_, index) => index + 1));
    expect(finished.errors.map(({ horizon, windows }) => [horizon, windows])).toEqual([
      [8, 113],
      [20, 101],
    ]);
    // The wave repeats: its variance in these units is 1, and a linear map can continue it.
    expect(finished.errors[0].mse).toBeLessThan(0.1);
    expect(finished.training?.epochs).toHaveLength(2);
    // Two maps of 24 to 8 with their biases.
    expect(finished.training?.parameters).toBe(2 * (24 * 8 + 8));
  });

  it('leaves no tensor behind, also where it is stopped', async () => {
    await runForecast(run, context());
    const before = memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));

    await runForecast(run, context());
    await expect(runForecast(run, context({ signal }))).rejects.toThrow('enough');

    expect(memory().numTensors).toBe(before);
  });
});
