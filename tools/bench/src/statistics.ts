/**
 * The middle value, or the mean of the two middle ones.
 *
 * @throws {Error} if there is none.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) {
    throw new Error('bench: a median must have values, got none. Run at least one round.');
  }
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Share of equal values at equal places, 0 to 1; of numbers that are not whole, of those that differ by a thousandth
 * at most.
 *
 * @throws {Error} if the lengths differ.
 */
export function equalShare(first: readonly number[], second: readonly number[]): number {
  if (first.length !== second.length || first.length === 0) {
    throw new Error(
      `bench: both sides must draw the same number of tokens, got ${first.length} and ${second.length}. Compare one network.`,
    );
  }
  const isClose = (value: number, index: number): boolean =>
    Math.abs(value - second[index]) <= (Number.isInteger(value) ? 0 : 1e-3);
  return first.filter(isClose).length / first.length;
}
