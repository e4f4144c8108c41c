import { OptionError } from '../errors.ts';
import { largestLogit } from './softmax.ts';

/**
 * Divides a row of logits by a temperature, in place. The largest is moved to 0 first, which changes no
 * probability and keeps small temperatures from overflowing. Temperature 1 leaves the row untouched; 0 leaves only the
 * largest logit, the lowest index on ties.
 *
 * @param logits `[V]`, changed.
 * @param temperature 0 to 100.
 * @returns `logits`
 * @throws {OptionError} (ARG) if the temperature is outside that range.
 * @throws {NumericError} if a logit is NaN or +infinity, or none is finite.
 */
export function applyTemperature(logits: Float64Array, temperature: number): Float64Array {
  if (!(temperature >= 0 && temperature <= 100)) {
    throw new OptionError(
      `applyTemperature: temperature must be from 0 to 100 (0 is greedy), got ${temperature}. Use 1 for none.`,
    );
  }
  if (temperature === 1) return logits;
  const largest = largestLogit(logits, 'applyTemperature');
  if (temperature === 0) {
    const best = logits.indexOf(largest);
    logits.fill(-Infinity);
    logits[best] = 0;
    return logits;
  }
  for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] - largest) / temperature;
  return logits;
}
