import { disposeParams, initializer, mapParams, trainingKey } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import type { Benchmark } from '../data/benchmark.ts';
import { longHorizonErrors } from '../long-horizon.ts';
import type { ForecastRecipe, Forecaster } from '../recipes/forecast-recipe.ts';
import { allWeights, forecastTrainee } from './forecast-trainee.ts';
import { trainForecaster } from './train-forecaster.ts';
import type { ForecastTraining, TrainedForecaster } from './train-forecaster.ts';
import { joinedWindowSet, variateWindowSet, windowSet } from './window-set.ts';

/** A recipe and how it is trained on a set of the long-horizon benchmark. */
export interface BenchmarkTraining<Options> extends ForecastTraining {
  readonly recipe: ForecastRecipe<Options>;
  /** Complete options of the recipe. */
  readonly options: Options;
  /** Whether a sample is one variate of a window or all of them. */
  readonly samples: 'variates' | 'windows';
  /** Other sets whose training windows are mixed in; validation stays that of the benchmark. @defaultValue none */
  readonly mixedWith?: readonly Benchmark[];
  /** Initial weights; borrowed. @defaultValue the recipe's own, drawn from the seed */
  readonly params?: ParamTree;
  /** Horizons whose mean squared errors, averaged, are the validation error. @defaultValue the network's own horizon */
  readonly validationHorizons?: readonly number[];
}

/** All weights of the best epoch, owned by the caller, and how it came to that. */
export interface BenchmarkResult extends Omit<TrainedForecaster, 'weights'> {
  readonly params: ParamTree;
}

/**
 * Trains on all windows of the training rows and chooses the epoch by the rolled error of all validation windows. The
 * test rows are not touched.
 *
 * @throws {DataError} TOO_SHORT if the rows do not hold one window, or the windows do not fill one batch.
 */
export async function trainOnBenchmark<Options>(
  benchmark: Benchmark,
  training: BenchmarkTraining<Options>,
): Promise<BenchmarkResult> {
  const { recipe, options, samples, seed, mixedWith = [] } = training;
  const params = training.params ?? recipe.init(options, initializer(trainingKey(seed, 'init')));
  // The recipe's own weights, or weights that the caller says are of its form.
  const bind = (weights: ParamTree): Forecaster => recipe.bind(options, weights);
  const { lookBack, horizon } = bind(params);
  const setOf = samples === 'variates' ? variateWindowSet : windowSet;
  const trainee = forecastTrainee({
    bind,
    params,
    training: joinedWindowSet(
      [benchmark, ...mixedWith].map((set) => setOf(set, set.split.train, { lookBack, horizon })),
    ),
    ...(recipe.trains && { trains: (path) => recipe.trains?.(options, path) ?? true }),
  });
  const horizons = training.validationHorizons ?? [horizon];
  const validate = async (weights: ParamTree): Promise<number> => {
    const forecaster = bind(allWeights(params, weights));
    const errors = await longHorizonErrors(forecaster, benchmark, {
      part: 'validation',
      horizons,
      ...(training.signal && { signal: training.signal }),
    });
    return errors.reduce((sum, { mse }) => sum + mse / errors.length, 0);
  };
  try {
    const { weights, ...result } = await trainForecaster(trainee, validate, training);
    const all = mapParams(allWeights(params, weights), (weight) => weight.clone());
    disposeParams(weights);
    return { ...result, params: all };
  } finally {
    if (training.params === undefined) disposeParams(params);
  }
}
