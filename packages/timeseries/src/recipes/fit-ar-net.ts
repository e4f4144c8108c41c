import { DataError, learningRateAt, parseOptions, turnOfEventLoop } from '@nextx/core';
import * as z from 'zod/mini';
import type { AutoRegression } from '../baselines/auto-regression.ts';
import { penaltyForShare, penaltyRamp, penaltySlope } from '../layers/sparsity-penalty.ts';
import type { SparsityPenaltyForm } from '../layers/sparsity-penalty.ts';

/** How AR-Net is fitted to one series. */
export interface ArNetFitOptions extends SparsityPenaltyForm {
  /** Lags, p. */
  readonly order: number;
  /** Share of the lags that are expected to count, s; 1 penalizes none. @defaultValue 1 */
  readonly sparsity?: number;
  /** Updates, each by the gradient of all values. @defaultValue 3000 */
  readonly steps?: number;
  /** Rate of the first update, from which it falls to 0 along half a cosine. @defaultValue 0.01 */
  readonly learningRate?: number;
  readonly signal?: AbortSignal;
}

const positive = z.int().check(z.positive());
const aboveZero = z.number().check(z.positive());

const schema = z.strictObject({
  order: positive,
  sparsity: z._default(z.number().check(z.positive(), z.maximum(1)), 1),
  steepness: z._default(aboveZero, 3),
  root: z._default(aboveZero, 3),
  steps: z._default(positive, 3000),
  learningRate: z._default(aboveZero, 0.01),
}) satisfies z.ZodMiniType<Required<Omit<ArNetFitOptions, 'signal'>>>;

/** Weights all start here: at zero the slope of the penalty is infinite. */
const firstWeight = 0.05;
/** Updates between two looks at the event loop. */
const breath = 50;

/**
 * Fits AR-Net to a series by gradient descent (Adam, float64), the penalty rising over the first half of the updates. An
 * update costs `time · order` products. Without a penalty the limit is least squares.
 *
 * @param values  `[time]`, finite, of about unit size and zero mean: standardize other series, and scale the intercept back.
 * @throws {OptionError} ARG naming the option.
 * @throws {DataError} TOO_SHORT if there are not more values than lags; BAD_INPUT if one is not finite.
 */
export async function fitArNet(
  values: Float64Array,
  { signal, ...given }: ArNetFitOptions,
): Promise<AutoRegression> {
  const options = parseOptions('fitArNet', schema, given);
  const { order, sparsity, steps, learningRate } = options;
  assertFits(values, order);
  const weights = new Float64Array(order + 1).fill(firstWeight, 0, order);
  const largest = penaltyForShare(sparsity);
  const adam = adamOf(weights);
  for (let step = 0; step < steps; step++) {
    if (step % breath === 0) {
      await turnOfEventLoop();
      signal?.throwIfAborted();
    }
    const gradient = errorGradient(values, weights);
    const penalty = largest * penaltyRamp((step + 1) / steps);
    for (let lag = 0; lag < order; lag++) {
      gradient[lag] += (penalty / order) * penaltySlope(weights[lag], options);
    }
    adam(gradient, learningRateAt({ kind: 'cosine', peak: learningRate, totalSteps: steps }, step));
  }
  return { coefficients: weights.subarray(0, order), intercept: weights[order] };
}

function assertFits(values: Float64Array, order: number): void {
  if (values.length <= order) {
    throw new DataError(
      `fitArNet: a series must have more values than its ${order} lags, got ${values.length}. Lower the order.`,
      'TOO_SHORT',
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(
      `fitArNet: values must be finite, row ${bad} is ${values[bad]}. Fill missing values first.`,
      'BAD_INPUT',
    );
  }
}

/** Gradient of the mean squared error of the next value; the last weight is the intercept. */
function errorGradient(values: Float64Array, weights: Float64Array): Float64Array {
  const order = weights.length - 1;
  const count = values.length - order;
  const gradient = new Float64Array(order + 1);
  for (let time = order; time < values.length; time++) {
    let error = weights[order] - values[time];
    for (let lag = 0; lag < order; lag++) error += weights[lag] * values[time - 1 - lag];
    for (let lag = 0; lag < order; lag++) gradient[lag] += error * values[time - 1 - lag];
    gradient[order] += error;
  }
  return gradient.map((sum) => (2 * sum) / count);
}

/** Adam (Kingma and Ba 2015) on a vector of weights, which the returned function changes. */
function adamOf(weights: Float64Array): (gradient: Float64Array, learningRate: number) => void {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const first = new Float64Array(weights.length);
  const second = new Float64Array(weights.length);
  let steps = 0;
  return (gradient, learningRate) => {
    steps++;
    for (let i = 0; i < weights.length; i++) {
      first[i] = beta1 * first[i] + (1 - beta1) * gradient[i];
      second[i] = beta2 * second[i] + (1 - beta2) * gradient[i] ** 2;
      const mean = first[i] / (1 - beta1 ** steps);
      const deviation = Math.sqrt(second[i] / (1 - beta2 ** steps));
      weights[i] -= (learningRate * mean) / (deviation + epsilon);
    }
  };
}
