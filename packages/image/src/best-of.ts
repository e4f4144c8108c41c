import { turnOfEventLoop } from '@nextx/core';
import type { TokenValues } from '@nextx/core';
import { tensor2d, tidy } from '@tensorflow/tfjs-core';
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
 * Logarithms of the probabilities that the model gives the drawn tokens of each item, for executors that draw where nobody
 * sees them.
 *
 * @param tokens  `[items, N]`
 * @param options  `given`: ids that were not drawn, -1 where one was.
 * @returns `[items]`
 * @throws the signal's reason once it is aborted.
 */
export async function logProbsOf(
  model: ImageSequenceModel,
  tokens: Int32Array,
  {
    labels,
    given,
    signal,
  }: {
    readonly labels: Int32Array;
    readonly given?: Int32Array | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Float64Array> {
  const items = labels.length;
  const length = tokens.length / items;
  const logProbs = new Float64Array(items);
  for (let first = 0; first < items; first += itemsAtOnce) {
    signal?.throwIfAborted();
    const end = Math.min(items, first + itemsAtOnce);
    const each = tidy(() => {
      const shape: [number, number] = [end - first, length];
      const ids = tensor2d(tokens.slice(first * length, end * length), shape, 'int32');
      const condition = model.condition(labels.slice(first, end));
      return model.logProb(model.forward(ids, condition), ids);
    });
    try {
      (await each.data<'float32'>()).forEach((logProb, index) => {
        const isDrawn = (given?.[first * length + index] ?? -1) < 0;
        if (isDrawn) logProbs[first + Math.floor(index / length)] += logProb;
      });
    } finally {
      each.dispose();
    }
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
