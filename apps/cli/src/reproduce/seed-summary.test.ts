import { describe, expect, it } from 'vitest';
import { errorAt, finishedRun } from './finished-run.test-support.ts';
import { spreadOf, summarize } from './seed-summary.ts';

const four = (mse: readonly number[]) =>
  [96, 192, 336, 720].map((horizon, index) => errorAt(horizon, mse[index], 1));

describe('summarize', () => {
  it('averages a horizon over the seeds and all four within each seed', () => {
    const runs = [
      finishedRun({ seed: 1, errors: four([0.1, 0.2, 0.3, 0.4]) }),
      finishedRun({ seed: 2, errors: four([0.3, 0.4, 0.5, 0.6]) }),
    ];

    const { seeds, horizons, average } = summarize(runs, 'mse');

    expect(seeds).toBe(2);
    expect(spreadOf(horizons.get(96))).toBe('0.2000 ± 0.1000');
    expect(spreadOf(average)).toBe('0.3500 ± 0.1000');
  });

  it('joins the networks of one seed, and has no average where a horizon lacks', () => {
    const runs = [96, 192, 336].map((horizon) =>
      finishedRun({ errors: [errorAt(horizon, 0.2, 0.3)] }),
    );

    const { horizons, average } = summarize(runs, 'mae');

    expect([...horizons.keys()]).toEqual([96, 192, 336]);
    expect(spreadOf(horizons.get(336))).toBe('0.3000');
    expect(average).toBeUndefined();
    expect(spreadOf(average)).toBe('-');
  });
});
