import { NumericError } from '../errors.ts';
import { encipherBlock } from './threefry.ts';
import type { Key } from './threefry.ts';

/**
 * Last number of the chain item, step, position, purpose: what a draw is for. New purposes are appended,
 * because the numbers are part of what a seed means.
 */
export const purposes = {
  /** The token of a position. */
  token: 0,
  /** The order of the positions. */
  order: 1,
  /** Accepting a drafted token. */
  accept: 2,
  /** Drawing again after a refused draft. */
  residual: 3,
  /** Noise of a diffusion or flow head. */
  headNoise: 4,
} as const;

/** First `count` unsigned 32-bit words of the key's stream; block j is the cipher of the counter (j, 0). */
export function words(key: Key, count: number): Uint32Array {
  const stream = new Uint32Array(count + (count & 1));
  for (let at = 0; at < stream.length; at += 2) {
    stream[at] = at >>> 1;
    encipherBlock(key, stream, at);
  }
  return count === stream.length ? stream : stream.subarray(0, count);
}

/** Uniform numbers in [0, 1), one word each, multiples of 2^-24: exact in float32. */
export function uniforms(key: Key, count: number): Float64Array {
  const stream = words(key, count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = (stream[i] >>> 8) * 2 ** -24;
  return values;
}

/** Uniform numbers in (0, 1), never 0 nor 1, one word each, exact in float32: safe under a logarithm. */
export function openUniforms(key: Key, count: number): Float64Array {
  const stream = words(key, count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = openUniform(stream[i]);
  return values;
}

/** Standard normal numbers (Box and Muller 1958); two words give two of them. */
export function normals(key: Key, count: number): Float64Array {
  const stream = words(key, count + (count & 1));
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(openUniform(stream[i])));
    const angleRadians = 2 * Math.PI * openUniform(stream[i + 1]);
    values[i] = radius * Math.cos(angleRadians);
    // A write past the end of an odd count is dropped by the typed array.
    values[i + 1] = radius * Math.sin(angleRadians);
  }
  return values;
}

/** Standard Gumbel numbers -ln(-ln u), one word each: argmax(logits + gumbels) is a categorical draw. */
export function gumbels(key: Key, count: number): Float64Array {
  const stream = words(key, count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = -Math.log(-Math.log(openUniform(stream[i])));
  return values;
}

/**
 * Index drawn by inverse CDF: the smallest `i` whose running sum (float64) exceeds `u`. Where rounding leaves
 * the total at or below `u`, the last index of positive probability.
 *
 * @param probabilities `[V]`, not negative, summing to 1.
 * @param u uniform in [0, 1).
 * @throws {NumericError} if no probability is positive or one is NaN.
 */
export function drawCategorical(probabilities: ArrayLike<number>, u: number): number {
  let sum = 0;
  let last = -1;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i];
    sum += probability;
    if (sum > u) return i;
    if (probability > 0) last = i;
  }
  if (last < 0 || Number.isNaN(sum)) {
    throw new NumericError(
      `drawCategorical: one of ${probabilities.length} probabilities must be positive and none NaN, ` +
        `got the sum ${sum}. Check the weights for NaN.`,
    );
  }
  return last;
}

function openUniform(word: number): number {
  return ((word >>> 9) + 0.5) * 2 ** -23;
}
