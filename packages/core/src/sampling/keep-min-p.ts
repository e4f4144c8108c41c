import { OptionError } from '../errors.ts';
import { largestLogit } from './softmax.ts';

/**
 * Drops tokens less probable than a share of the most probable one (Nguyen et al. 2024, Min-p sampling), in place.
 *
 * @param logits `[V]`, changed: dropped entries become -infinity.
 * @param share 0 to 1; 0 keeps all.
 * @returns `logits`
 * @throws {OptionError} (ARG) if the share is outside that range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function keepMinP(logits: Float64Array, share: number): Float64Array {
  if (!(share >= 0 && share <= 1)) {
    throw new OptionError(
      `keepMinP: the share must be from 0 to 1 (0 keeps all), got ${share}. Use 0 for no filter.`,
    );
  }
  if (share === 0) return logits;
  const largest = largestLogit(logits, 'keepMinP');
  const farthest = Math.log(share);
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] - largest < farthest) logits[i] = -Infinity;
  }
  return logits;
}
