import { OptionError } from '../errors.ts';
import { entropy, softmaxRow } from './softmax.ts';

/**
 * Locally typical filter (Meister et al. 2023, Locally typical sampling), in place: keeps the tokens whose surprise
 * -ln p is closest to the entropy, up to the one at which their mass reaches `mass`, and its ties.
 *
 * @param logits `[V]`, changed: dropped entries become -infinity.
 * @param mass 0 to 1; 1 keeps all, and so does 0, another spelling of "off".
 * @returns `logits`
 * @throws {OptionError} (ARG) if the mass is outside that range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function keepTypical(logits: Float64Array, mass: number): Float64Array {
  if (!(mass >= 0 && mass <= 1)) {
    throw new OptionError(
      `keepTypical: mass must be from 0 to 1 (0 and 1 keep all), got ${mass}. Use 1 for no filter.`,
    );
  }
  if (mass === 0 || mass === 1) return logits;
  const probabilities = softmaxRow(logits);
  const average = entropy(probabilities);
  const farthest = typicalBorder(probabilities, average, mass);
  for (let i = 0; i < logits.length; i++) {
    if (shiftOf(probabilities[i], average) > farthest) logits[i] = -Infinity;
  }
  return logits;
}

/**
 * Shift of the last token kept. Walks outwards from the entropy on both sides of the sorted probabilities;
 * the order among equal shifts does not matter, since ties with the last one stay.
 */
function typicalBorder(probabilities: Float64Array, average: number, mass: number): number {
  const sorted = probabilities.filter((p) => p > 0).sort();
  let above = sorted.findIndex((p) => -Math.log(p) <= average);
  if (above < 0) above = sorted.length;
  let below = above - 1;
  let sum = 0;
  let shift = 0;
  while (sum < mass && (below >= 0 || above < sorted.length)) {
    const shiftBelow = below >= 0 ? shiftOf(sorted[below], average) : Infinity;
    const shiftAbove = above < sorted.length ? shiftOf(sorted[above], average) : Infinity;
    const takesAbove = shiftAbove <= shiftBelow;
    shift = takesAbove ? shiftAbove : shiftBelow;
    sum += takesAbove ? sorted[above++] : sorted[below--];
  }
  return shift;
}

function shiftOf(probability: number, average: number): number {
  return Math.abs(-Math.log(probability) - average);
}
