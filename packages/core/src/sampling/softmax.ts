import { NumericError } from '../errors.ts';

/**
 * Largest of a row of logits.
 *
 * @throws {NumericError} if one is NaN or +infinity, or none is finite.
 */
export function largestLogit(logits: ArrayLike<number>, where: string): number {
  let largest = -Infinity;
  let hasNan = false;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i];
    if (logit > largest) largest = logit;
    else if (Number.isNaN(logit)) hasNan = true;
  }
  if (hasNan || !Number.isFinite(largest)) {
    const found = hasNan ? 'NaN' : `${largest} as the largest`;
    throw new NumericError(
      `${where}: logits must hold a finite number and no NaN, got ${found} among ${logits.length}. ` +
        `Check the weights, or the constraints if they forbid every token.`,
    );
  }
  return largest;
}

/**
 * Softmax of a row in float64; entries of -infinity get probability 0.
 *
 * @param logits `[V]`, left as they are.
 * @returns `[V]`, summing to 1.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function softmaxRow(logits: ArrayLike<number>): Float64Array {
  return softmaxInPlace(new Float64Array(logits));
}

/** {@link softmaxRow} in the place of its row. */
export function softmaxInPlace(row: Float64Array): Float64Array {
  const largest = largestLogit(row, 'softmaxRow');
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    // The exponential of what was filtered out need not be computed.
    const weight = row[i] === -Infinity ? 0 : Math.exp(row[i] - largest);
    row[i] = weight;
    sum += weight;
  }
  for (let i = 0; i < row.length; i++) row[i] /= sum;
  return row;
}

/** Natural logarithm of the probability of one entry of a row of logits, in float64. */
export function logSoftmaxAt(logits: ArrayLike<number>, index: number): number {
  const largest = largestLogit(logits, 'logSoftmaxAt');
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - largest);
  return logits[index] - largest - Math.log(sum);
}

/** Entropy in nats of a distribution: -sum p ln p, where p = 0 counts 0. */
export function entropy(probabilities: Float64Array): number {
  let sum = 0;
  for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
  return sum;
}
