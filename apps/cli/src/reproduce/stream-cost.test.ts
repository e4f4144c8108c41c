import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { activateEngine } from '../engines/engine.ts';
import { renderStreamCosts, streamCosts } from './stream-cost.ts';

beforeAll(() => activateEngine('cpu'));

describe('streamCosts', () => {
  it('times each history and leaves no tensor behind', async () => {
    const before = memory().numTensors;

    const costs = await streamCosts({
      histories: [100, 300],
      observations: 96,
      forecasts: 1,
      rounds: 2,
    });

    expect(costs.map(({ history }) => history)).toEqual([100, 300]);
    for (const { append, forecast } of costs) {
      expect(append).toBeGreaterThan(0);
      expect(forecast).toBeGreaterThan(0);
    }
    expect(memory().numTensors).toBe(before);
  });
});

describe('renderStreamCosts', () => {
  it('has a row for each history', () => {
    const table = renderStreamCosts([{ history: 1000, append: 0.0123, forecast: 1.5 }]);

    expect(table.split('\n')[2]).toMatch(/^\| 1,000 +\| 0.012 +\| 1.50 +\|$/);
  });
});
