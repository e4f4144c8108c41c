import { ShapeError } from '@nextx/core';

/** Pinball loss of one quantile: what the quantile of probability `probability` minimizes (Koenker and Bassett 1978). */
export function pinballLoss(actual: number, quantile: number, probability: number): number {
  const error = actual - quantile;
  return Math.max(probability * error, (probability - 1) * error);
}

/**
 * CRPS from quantiles: twice the mean pinball loss over values and probabilities. It approaches the integral as quantiles at
 * even distances grow in number, and of equal quantiles at symmetric probabilities (a point forecast) it is the mean absolute
 * error (Gneiting and Ranjan 2011).
 *
 * @param actual  `[values]`
 * @param quantiles  `[values, probabilities]`
 * @throws {ShapeError} if there are no values or not one quantile for each value and probability.
 */
export function crpsFromQuantiles(
  actual: ArrayLike<number>,
  quantiles: ArrayLike<number>,
  probabilities: readonly number[],
): number {
  if (actual.length === 0 || quantiles.length !== actual.length * probabilities.length) {
    throw new ShapeError(
      `crpsFromQuantiles: ${actual.length} values at ${probabilities.length} probabilities must have ` +
        `${actual.length * probabilities.length} quantiles and one at least, got ${quantiles.length}. Pass [values, probabilities].`,
    );
  }
  let sum = 0;
  for (let index = 0; index < quantiles.length; index += 1) {
    const value = Math.floor(index / probabilities.length);
    sum += pinballLoss(
      actual[value],
      quantiles[index],
      probabilities[index % probabilities.length],
    );
  }
  return (2 * sum) / quantiles.length;
}

/**
 * CRPS of a forecast given as samples, `E|X - y| - E|X - X'| / 2` (Gneiting and Raftery 2007, Strictly proper scoring rules).
 * Of one sample it is the absolute error.
 */
export function crpsFromSamples(actual: number, samples: ArrayLike<number>): number {
  const sorted = Float64Array.from(samples).sort();
  const count = sorted.length;
  let error = 0;
  let spread = 0;
  sorted.forEach((sample, rank) => {
    error += Math.abs(sample - actual);
    // Over all ordered pairs, |X - X'| sums to twice this.
    spread += sample * (2 * rank - count + 1);
  });
  return error / count - spread / count ** 2;
}
