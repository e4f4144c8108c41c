import { mapParams, namedParams } from '@nextx/core';
import type { ParamTree, Trainee } from '@nextx/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Forecaster } from '../recipes/forecast-recipe.ts';
import type { WindowSet } from './window-set.ts';

/** A network and what it learns from. */
export interface ForecastTraineeOptions {
  readonly bind: (params: ParamTree) => Forecaster;
  /** Initial weights; borrowed. */
  readonly params: ParamTree;
  /** Whether training changes a weight. @defaultValue all of them */
  readonly trains?: (path: string) => boolean;
  readonly training: WindowSet;
}

/**
 * A forecaster for the trainer. Weights that training leaves alone are not among the trainee's, and no derivative of
 * theirs is computed; `allWeights` puts them back.
 */
export function forecastTrainee(options: ForecastTraineeOptions): Trainee {
  const { bind, params, trains, training } = options;
  return {
    // One level of full paths where some are left out: what is left of a tree need not be a tree.
    params:
      trains === undefined
        ? params
        : Object.fromEntries(namedParams(params).filter(([path]) => trains(path))),
    count: training.count,
    loss: (weights, samples, key) => ({
      loss: bind(allWeights(params, weights)).loss(training.batch(samples), key),
    }),
  };
}

/** All weights of a network: those that were trained, by their full paths, and the others as they were. */
export function allWeights<T extends ParamTree>(params: T, trained: ParamTree): T {
  const changed: ReadonlyMap<string, Tensor> = new Map(namedParams(trained));
  return mapParams(params, (weight, path) => changed.get(path) ?? weight);
}
