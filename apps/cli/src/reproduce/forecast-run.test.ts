import { OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { isRunOf, parseFinishedRun, planRuns, runName } from './forecast-run.ts';
import { finishedRun } from './finished-run.test-support.ts';
import { forecastSystems } from './forecast-systems.ts';

const plan = (names: readonly string[], isQuick = false) =>
  planRuns({
    sets: ['ETTh1'],
    systems: forecastSystems.filter(({ name }) => names.includes(name)),
    horizons: [96, 720],
    seeds: [1, 2],
    isQuick,
  });

describe('planRuns', () => {
  it('has a run for each horizon and seed of a direct forecaster, and one a seed of a rolled one', () => {
    expect(plan(['AutoTimes', 'iTransformer']).map(runName)).toEqual([
      'ETTh1.AutoTimes-672.all.seed1',
      'ETTh1.AutoTimes-672.all.seed2',
      'ETTh1.iTransformer-96.96.seed1',
      'ETTh1.iTransformer-96.96.seed2',
      'ETTh1.iTransformer-96.720.seed1',
      'ETTh1.iTransformer-96.720.seed2',
      'ETTh1.iTransformer-336.96.seed1',
      'ETTh1.iTransformer-336.96.seed2',
      'ETTh1.iTransformer-336.720.seed1',
      'ETTh1.iTransformer-336.720.seed2',
    ]);
  });

  it('runs closed forms once, and rows without a bar with one seed', () => {
    expect(plan(['repeat-last', 'GPHT']).map(runName)).toEqual([
      'ETTh1.repeat-last-1.96',
      'ETTh1.repeat-last-1.720',
      'ETTh1.GPHT-336.all.seed1',
    ]);
  });

  it('trains one epoch where it is to be quick', () => {
    expect(plan(['AutoTimes'], true)[0].method).toMatchObject({ epochs: 1 });
  });
});

describe('isRunOf', () => {
  const [run] = plan(['AutoTimes']);
  const errors = [96, 720].map((horizon) => ({ horizon, windows: 1, mse: 1, mae: 1 }));

  it('asks for the same settings and for all horizons', () => {
    const finished = finishedRun({ method: { ...run.method }, errors });

    expect(isRunOf(finished, run)).toBe(true);
    expect(isRunOf({ ...finished, method: { ...run.method, epochs: 5 } }, run)).toBe(false);
    expect(isRunOf({ ...finished, errors: errors.slice(1) }, run)).toBe(false);
  });
});

describe('parseFinishedRun', () => {
  it('gives what was written', () => {
    const run = finishedRun({});

    expect(parseFinishedRun('a.json', JSON.stringify(run))).toEqual(run);
  });

  it.each(['', '[]', '{"set":1}'])('refuses %j, naming the file', (text) => {
    expect(() => parseFinishedRun('a.json', text)).toThrow(OptionError);
    expect(() => parseFinishedRun('a.json', text)).toThrow('a.json');
  });
});
