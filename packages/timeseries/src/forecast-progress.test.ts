import '@tensorflow/tfjs';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { naive } from './baselines/naive.ts';
import { repeatLast } from './baselines/repeat-last.ts';
import { forecast, forecastAll } from './forecast.ts';
import type { Series } from './series.ts';

beforeAll(() => setBackend('cpu'));

const numbers = (...values: number[]): Series => ({
  values: Float64Array.from(values),
  variates: ['a'],
});

describe('forecast', () => {
  it('tells after every evaluation how far it is, and stops there when it shall, keeping no tensor', async () => {
    const seen: number[][] = [];
    const stop = new AbortController();
    const before = memory().numTensors;
    const onProgress = ({ done, total }: { done: number; total: number }): void => {
      seen.push([done, total]);
      if (done === 3) stop.abort(new Error('enough'));
    };

    const options = { horizon: 9, model: repeatLast(2), onProgress, signal: stop.signal };
    await expect(forecast(numbers(1, 2, 4, 3), options)).rejects.toThrow('enough');

    expect(seen).toEqual([
      [1, 5],
      [2, 5],
      [3, 5],
    ]);
    expect(memory().numTensors).toBe(before);
  });

  it('counts the series that a baseline has forecast', async () => {
    const seen: number[] = [];

    await forecastAll([numbers(1, 2, 4, 3), numbers(5, 6)], {
      horizon: 1,
      model: naive,
      onProgress: ({ done }) => seen.push(done),
    });

    expect(seen).toEqual([1, 2]);
  });
});
