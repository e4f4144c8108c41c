import { DataError, disposeParams, mapParams, train, turnOfEventLoop } from '@nextx/core';
import type { ParamTree, TrainProgress, Trainee } from '@nextx/core';

/** How a forecaster is trained by the protocol of its field: Adam, in epochs, chosen by a validation error. */
export interface ForecastTraining {
  /** Passes over the windows; of each, a last batch that is not full runs on into the next. */
  readonly epochs: number;
  readonly batchSize: number;
  /** Learning rate at a time counted in epochs from 0, a fraction within an epoch. */
  readonly learningRate: (epochs: number) => number;
  readonly seed: bigint;
  /** Epochs without a better validation error after which training stops. @defaultValue 3 */
  readonly patience?: number;
  /** @defaultValue 0 */
  readonly weightDecay?: number;
  /** Decay of a moving average of the weights, which is then validated and kept; 0 is none. @defaultValue 0 */
  readonly averageDecay?: number;
  readonly signal?: AbortSignal;
  /** Told of every update: how many are done and planned, and its loss. */
  readonly onStep?: (step: ForecastStep) => void;
  /** Told of every epoch. */
  readonly onEpoch?: (epoch: ForecastEpoch) => void;
}

/** One update done. */
export type ForecastStep = Pick<TrainProgress, 'step' | 'steps' | 'loss'>;

/** One pass over the windows done. */
export interface ForecastEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  readonly validation: number;
  /** Of its steps, without validation. */
  readonly seconds: number;
}

/** What training found. */
export interface TrainedForecaster {
  /** The epoch with the smallest validation error, from 1. */
  readonly epoch: number;
  readonly validation: number;
  /** All epochs made. */
  readonly epochs: readonly ForecastEpoch[];
  /** The trainee's weights at that epoch; owned by the caller. */
  readonly weights: ParamTree;
}

/**
 * Trains by Adam (β 0.9 and 0.999, no clipping), validates after every epoch, and keeps the weights of the best one.
 *
 * @param validate  The error of held-out windows with these weights, which it borrows; smaller is better.
 * @throws {DataError} TOO_SHORT if the windows do not fill one batch.
 * @throws {NumericError} if a loss is not finite.
 */
export async function trainForecaster(
  trainee: Trainee,
  validate: (weights: ParamTree) => Promise<number>,
  options: ForecastTraining,
): Promise<TrainedForecaster> {
  const { patience = 3, averageDecay = 0 } = options;
  const stepsPerEpoch = Math.floor(trainee.count / options.batchSize);
  if (stepsPerEpoch === 0) {
    throw new DataError(
      `trainForecaster: there must be a batch of ${options.batchSize} windows, got ${trainee.count}. Lower the batch size or add data.`,
      'TOO_SHORT',
    );
  }
  const epochs: ForecastEpoch[] = [];
  let best: Omit<TrainedForecaster, 'epochs'> | undefined;
  const since = { loss: 0, time: performance.now() };
  try {
    for await (const progress of steps(trainee, stepsPerEpoch, options)) {
      since.loss += progress.loss / stepsPerEpoch;
      options.onStep?.(progress);
      // Engines that answer at once would never let a signal in.
      await turnOfEventLoop();
      if (progress.step % stepsPerEpoch !== 0) continue;
      const epoch = progress.step / stepsPerEpoch;
      const seconds = (performance.now() - since.time) / 1000;
      const weights = progress.weights(averageDecay === 0 ? 'current' : 'average');
      const validation = await validate(weights);
      epochs.push({ epoch, loss: since.loss, validation, seconds });
      options.onEpoch?.(epochs[epochs.length - 1]);
      if (best === undefined || validation < best.validation) {
        if (best !== undefined) disposeParams(best.weights);
        best = { epoch, validation, weights: mapParams(weights, (weight) => weight.clone()) };
      }
      if (epoch - best.epoch >= patience) break;
      Object.assign(since, { loss: 0, time: performance.now() });
    }
  } catch (error) {
    if (best !== undefined) disposeParams(best.weights);
    throw error;
  }
  // At least one epoch was made.
  return { ...(best as Omit<TrainedForecaster, 'epochs'>), epochs };
}

function steps(
  trainee: Trainee,
  stepsPerEpoch: number,
  { epochs, batchSize, learningRate, seed, ...options }: ForecastTraining,
): AsyncGenerator<TrainProgress, void, void> {
  return train(trainee, {
    steps: epochs * stepsPerEpoch,
    batchSize,
    learningRateAt: (step) => learningRate(step / stepsPerEpoch),
    weightDecayAt: () => options.weightDecay ?? 0,
    beta2: 0.999,
    clipNorm: 0,
    averageDecay: options.averageDecay ?? 0,
    seed,
    ...(options.signal && { signal: options.signal }),
  });
}
