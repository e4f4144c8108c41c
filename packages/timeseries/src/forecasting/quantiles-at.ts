/**
 * Quantiles at other probabilities than those that are known: linear between them, and beyond as of a Laplace distribution that
 * the median and the outermost one fix.
 *
 * @param quantiles  `[values, levels]`
 * @param levels  Ascending, 0.5 among them, the outermost on either side of it.
 * @returns `[values, probabilities]`
 */
export function quantilesAt(
  quantiles: Float64Array,
  levels: readonly number[],
  probabilities: readonly number[],
): Float64Array {
  const count = probabilities.length;
  const mixtures = probabilities.map((probability) => mixtureAt(levels, probability));
  return Float64Array.from({ length: (quantiles.length / levels.length) * count }, (_, index) => {
    const { from, to, share } = mixtures[index % count];
    const row = Math.floor(index / count) * levels.length;
    return quantiles[row + from] + share * (quantiles[row + to] - quantiles[row + from]);
  });
}

/** Two known quantiles, and how far to go from the one to the other: more than all the way in the tails. */
interface Mixture {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

function mixtureAt(levels: readonly number[], probability: number): Mixture {
  const last = levels.length - 1;
  const median = levels.indexOf(0.5);
  if (probability < levels[0]) {
    return { from: median, to: 0, share: Math.log(2 * probability) / Math.log(2 * levels[0]) };
  }
  if (probability > levels[last]) {
    const share = Math.log(2 * (1 - probability)) / Math.log(2 * (1 - levels[last]));
    return { from: median, to: last, share };
  }
  const to = Math.max(
    1,
    levels.findIndex((level) => level >= probability),
  );
  const share = (probability - levels[to - 1]) / (levels[to] - levels[to - 1]);
  return { from: to - 1, to, share };
}
