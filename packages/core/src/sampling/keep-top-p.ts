import { OptionError } from '../errors.ts';
import { softmaxRow } from './softmax.ts';

/**
 * Nucleus filter (Holtzman et al. 2020, The curious case of neural text degeneration), in place: in descending order
 * of probability (stable), a token is dropped when the mass before it is at least p. The token that crosses p stays,
 * and so does the first.
 *
 * @param logits `[V]`, changed: dropped entries become -infinity.
 * @param p 0 to 1; 1 keeps all, and so does 0, another spelling of "off".
 * @returns `logits`
 * @throws {OptionError} (ARG) if p is outside that range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function keepTopP(logits: Float64Array, p: number): Float64Array {
  if (!(p >= 0 && p <= 1)) {
    throw new OptionError(`keepTopP: p must be from 0 to 1 (0 and 1 keep all), got ${p}. Use 1.`);
  }
  if (p === 0 || p === 1) return logits;
  const probabilities = softmaxRow(logits);
  const { border, ties } = nucleusBorder(probabilities, p);
  let tiesLeft = ties;
  for (let i = 0; i < logits.length; i++) {
    const isKept = probabilities[i] > border || (probabilities[i] === border && tiesLeft-- > 0);
    if (!isKept) logits[i] = -Infinity;
  }
  return logits;
}

/** Probability of the last token kept, and how many tokens of just that probability are. */
function nucleusBorder(probabilities: Float64Array, p: number): { border: number; ties: number } {
  // Tokens below this hold less than (1 - p) / 2 together, so the nucleus is above: sort few of them.
  const floor = (1 - p) / (2 * probabilities.length);
  const candidates = probabilities.filter((probability) => probability >= floor).sort();
  let before = 0;
  let border = Infinity;
  let ties = 0;
  for (let i = candidates.length - 1; i >= 0 && before < p; i--) {
    ties = candidates[i] === border ? ties + 1 : 1;
    border = candidates[i];
    before += border;
  }
  return { border, ties };
}
