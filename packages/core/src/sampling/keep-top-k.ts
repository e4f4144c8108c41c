import { OptionError } from '../errors.ts';

/**
 * Drops all logits strictly below the k-th largest, in place. Ties with it all stay, so more than k may survive.
 *
 * @param logits `[V]`, changed: dropped entries become -infinity. No NaN.
 * @param k whole number; 0 keeps all, as does V or more.
 * @returns `logits`
 * @throws {OptionError} (ARG) if k is not a whole number of at least 0.
 */
export function keepTopK(logits: Float64Array, k: number): Float64Array {
  if (!Number.isSafeInteger(k) || k < 0) {
    throw new OptionError(
      `keepTopK: k must be a whole number of at least 0 (0 keeps all), got ${k}. Use 0 for no filter.`,
    );
  }
  if (k === 0 || k >= logits.length) return logits;
  const border = ascendingAt(logits.slice(), logits.length - k);
  for (let i = 0; i < logits.length; i++) if (logits[i] < border) logits[i] = -Infinity;
  return logits;
}

/** What `values[rank]` would be if `values` were sorted upwards (Hoare 1961, Find); reorders `values`. */
function ascendingAt(values: Float64Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = medianOfThree(values[low], values[(low + high) >>> 1], values[high]);
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left <= right) {
        const held = values[left];
        values[left++] = values[right];
        values[right--] = held;
      }
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank];
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
