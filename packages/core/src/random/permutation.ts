import { words } from './draw.ts';
import type { Key } from './threefry.ts';

const WORDS = 2 ** 32;

/**
 * Random order of `0..n-1`, every order equally likely: the shuffle of Fisher and Yates (Knuth, TAOCP vol. 2,
 * algorithm P) fed from the key's stream. For i = n - 1 down to 1 the next word w below the largest multiple of
 * i + 1 gives j = w mod (i + 1), words above it are skipped, and entries i and j change places.
 *
 * @returns `[n]`
 */
export function permutation(key: Key, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let stream = words(key, n);
  let used = 0;
  for (let i = n - 1; i > 0; i--) {
    const range = i + 1;
    const limit = WORDS - (WORDS % range);
    let word = WORDS;
    while (word >= limit) {
      // A stream's longer prefix starts with its shorter one, so the cursor stays where it is.
      if (used === stream.length) stream = words(key, 2 * used);
      word = stream[used++];
    }
    const j = word % range;
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}
