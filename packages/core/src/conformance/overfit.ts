import { memory } from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { ParamTree } from '../params.ts';
import { train } from '../train/train.ts';

/** How a tiny model is trained on one small batch. */
export interface OverfitOptions {
  /** The loss that it must reach, in the recipe's own unit. */
  readonly bound: number;
  /** @defaultValue 60 */
  readonly steps?: number;
  /** @defaultValue 0.02 */
  readonly learningRate?: number;
  /** Items of the batch. @defaultValue 2 */
  readonly items?: number;
}

/** What is trained: weights, and the loss of a batch of so many items with them. */
export interface Learner {
  readonly model: { readonly params: ParamTree };
  loss(params: ParamTree, items: number): Scalar;
}

/** What training on one batch did. */
export interface Overfit {
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** Tensors alive after the last step beyond those after the first. */
  readonly leakedPerRun: number;
  /** Tensors alive after the training beyond those before. */
  readonly leaked: number;
}

/** Trains a copy of the weights on one batch, all of it at each step. */
export async function overfit(
  learner: Learner,
  { steps = 60, learningRate = 0.02, items = 2 }: Partial<OverfitOptions>,
): Promise<Overfit> {
  const before = memory().numTensors;
  const losses: number[] = [];
  const alive: number[] = [];
  const trainee = {
    params: learner.model.params,
    count: items,
    loss: (params: ParamTree) => ({ loss: learner.loss(params, items) }),
  };
  for await (const { loss } of train(trainee, {
    steps,
    batchSize: items,
    learningRateAt: () => learningRate,
    weightDecayAt: () => 0,
    seed: 1n,
  })) {
    losses.push(loss);
    alive.push(memory().numTensors);
  }
  return {
    firstLoss: losses[0],
    lastLoss: losses[losses.length - 1],
    leakedPerRun: alive[alive.length - 1] - alive[0],
    leaked: memory().numTensors - before,
  };
}
