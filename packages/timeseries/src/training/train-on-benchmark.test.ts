import { disposeParams, namedParams } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import { expectNoTensorLeak, largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { benchmark } from '../data/benchmark.ts';
import { longHorizonErrors } from '../long-horizon.ts';
import { autoTimesRecipe, parseAutoTimesOptions } from '../recipes/autotimes.ts';
import { trainOnBenchmark } from './train-on-benchmark.ts';
import type { BenchmarkTraining } from './train-on-benchmark.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Two seasons, one of them slow; 300 rows. */
const data = benchmark({
  values: Float64Array.from(
    { length: 600 },
    (_, i) => Math.sin((2 * Math.PI * (i >> 1)) / (i % 2 === 0 ? 8 : 12)) + 0.001 * i,
  ),
  variates: ['fast', 'slow'],
});
const options = (trains: 'all' | 'ends') =>
  parseAutoTimesOptions({
    segment: 4,
    lookBack: 16,
    depth: 1,
    width: 8,
    heads: 2,
    positions: 4,
    trains,
  });
const training = (trains: 'all' | 'ends'): BenchmarkTraining<ReturnType<typeof options>> => ({
  recipe: autoTimesRecipe as never,
  options: options(trains),
  samples: 'variates',
  epochs: 3,
  batchSize: 32,
  learningRate: () => 0.01,
  seed: 3n,
  validationHorizons: [4, 8],
});
const backboneOf = (params: ParamTree): [string, tf.Tensor][] =>
  namedParams(params)
    .filter(([path]) => path.startsWith('backbone.'))
    .map(([path, tensor]) => [path, tensor]);

describe('trainOnBenchmark', () => {
  it('chooses the epoch by the mean of the rolled validation errors of its horizons', async () => {
    const { params, validation } = await trainOnBenchmark(data, training('all'));
    const forecaster = autoTimesRecipe.bind(options('all'), params as never);

    const errors = await longHorizonErrors(forecaster, data, {
      part: 'validation',
      horizons: [4, 8],
    });

    expect(validation).toBeCloseTo((errors[0].mse + errors[1].mse) / 2, 6);
    // The variance of the standardized values is about 1.
    expect(validation).toBeLessThan(0.5);
  });

  it('learns from the windows of other sets too', async () => {
    const one: number[] = [];
    const two: number[] = [];
    const once = { ...training('all'), epochs: 1 };

    await trainOnBenchmark(data, { ...once, onEpoch: ({ loss }) => one.push(loss) });
    const mixedWith = [data];
    await trainOnBenchmark(data, { ...once, mixedWith, onEpoch: ({ loss }) => two.push(loss) });

    // An epoch has twice the steps, and ends nearer.
    expect(two[0]).toBeLessThan(one[0]);
  });

  it('leaves alone what the recipe does not train', async () => {
    const first = await trainOnBenchmark(data, { ...training('ends'), epochs: 1 });
    const second = await trainOnBenchmark(data, { ...training('ends'), epochs: 2 });

    for (const [index, [path, tensor]] of backboneOf(first.params).entries()) {
      const other = backboneOf(second.params)[index][1];
      expect(largestDifference(await tensor.data(), await other.data()), path).toBe(0);
    }
  });

  it('leaks no tensor but the weights it gives', async () => {
    await expectNoTensorLeak(async () => {
      disposeParams((await trainOnBenchmark(data, { ...training('all'), epochs: 1 })).params);
    });
  });
});
