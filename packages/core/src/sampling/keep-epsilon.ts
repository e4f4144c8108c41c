import { OptionError } from '../errors.ts';
import { entropy, softmaxRow } from './softmax.ts';

/**
 * Drops tokens of probability below epsilon (Hewitt et al. 2022, Truncation sampling as language model desmoothing),
 * in place. The most probable tokens always stay.
 *
 * @param logits `[V]`, changed: dropped entries become -infinity.
 * @param epsilon 0 to 1; 0 keeps all.
 * @returns `logits`
 * @throws {OptionError} (ARG) if epsilon is outside that range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function keepEpsilon(logits: Float64Array, epsilon: number): Float64Array {
  assertShare('keepEpsilon: epsilon', epsilon);
  return epsilon === 0 ? logits : keepAbove(logits, softmaxRow(logits), epsilon);
}

/**
 * As {@link keepEpsilon} with a threshold that falls with the entropy H, min(eta, sqrt(eta) e^-H) (the same
 * paper's eta-sampling), in place.
 *
 * @param logits `[V]`, changed: dropped entries become -infinity.
 * @param eta 0 to 1; 0 keeps all.
 * @returns `logits`
 * @throws {OptionError} (ARG) if eta is outside that range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function keepEta(logits: Float64Array, eta: number): Float64Array {
  assertShare('keepEta: eta', eta);
  if (eta === 0) return logits;
  const probabilities = softmaxRow(logits);
  const threshold = Math.min(eta, Math.sqrt(eta) * Math.exp(-entropy(probabilities)));
  return keepAbove(logits, probabilities, threshold);
}

function keepAbove(
  logits: Float64Array,
  probabilities: Float64Array,
  threshold: number,
): Float64Array {
  const most = probabilities.reduce((a, b) => Math.max(a, b), 0);
  for (let i = 0; i < logits.length; i++) {
    if (probabilities[i] < threshold && probabilities[i] < most) logits[i] = -Infinity;
  }
  return logits;
}

function assertShare(where: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new OptionError(
      `${where} must be from 0 to 1 (0 keeps all), got ${value}. Use 0 for no filter.`,
    );
  }
}
