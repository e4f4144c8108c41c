import { turnOfEventLoop } from '@nextx/core';
import type { TokenValues } from '@nextx/core';
import { sum, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { ImageSequenceModel } from './recipes/image-recipe.ts';

/**
 * Seeds of the candidates of each picture, picture by picture: s, s + 2^32, s + 2 · 2^32 and so on, so that the first is the
 * picture that is made without others.
 */
export function candidateSeeds(seeds: readonly bigint[], candidates: number): bigint[] {
  return seeds.flatMap((seed) =>
    Array.from({ length: candidates }, (_, index) =>
      BigInt.asUintN(64, seed + (BigInt(index) << 32n)),
    ),
  );
}

/**
 * The most probable candidate of each picture.
 *
 * @param logProbs  Of the tokens of every candidate, picture by picture.
 * @returns Rows of candidates, one a picture.
 */
export function mostLikely(logProbs: ArrayLike<number>, candidates: number): number[] {
  return Array.from({ length: logProbs.length / candidates }, (_, picture) => {
    const first = picture * candidates;
    let best = first;
    for (let row = first + 1; row < first + candidates; row++) {
      if (logProbs[row] > logProbs[best]) best = row;
    }
    return best;
  });
}

/**
 * Logarithms of the probabilities that the model gives the tokens of each item, for executors that draw where nobody sees them.
 *
 * @param tokens  `[items, N]`
 * @returns `[items]`
 */
export async function logProbsOf(
  model: ImageSequenceModel,
  tokens: Int32Array,
  labels: Int32Array,
): Promise<Float64Array> {
  const items = labels.length;
  const length = tokens.length / items;
  const logProbs = new Float64Array(items);
  for (let first = 0; first < items; first += itemsAtOnce) {
    const end = Math.min(items, first + itemsAtOnce);
    const sums = tidy(() => {
      const ids = tensor2d(
        tokens.slice(first * length, end * length),
        [end - first, length],
        'int32',
      );
      const condition = model.condition(labels.slice(first, end));
      return sum(model.logProb(model.forward(ids, condition), ids), 1);
    });
    logProbs.set(await sums.data<'float32'>(), first);
    sums.dispose();
    await turnOfEventLoop();
  }
  return logProbs;
}

/** Items whose logits are in memory together. */
const itemsAtOnce = 16;

/** Some rows of the tokens of `items` items. */
export function rowsOfTokens(
  tokens: TokenValues,
  items: number,
  rows: readonly number[],
): TokenValues {
  const length = tokens.length / items;
  const picked = tokens.slice(0, rows.length * length);
  rows.forEach((row, index) =>
    picked.set(tokens.subarray(row * length, (row + 1) * length), index * length),
  );
  return picked;
}
