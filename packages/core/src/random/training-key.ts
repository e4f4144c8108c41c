import { foldIn, keyFromSeed } from './threefry.ts';
import type { Key } from './threefry.ts';

/** What a training draws numbers for; each has a root of its own. */
export type TrainingUse = 'init' | 'order' | 'dropout';

const BRANCHES = { init: 1, order: 2, dropout: 3 } as const;

/**
 * Root key of one use of randomness in a training: the seed's key folded with 2^32 + 1 (initial weights),
 * + 2 (order of the data) or + 3 (dropout). Generation folds step numbers, which stay below 2^32.
 */
export function trainingKey(seed: bigint, use: TrainingUse): Key {
  return foldIn(keyFromSeed(seed), 2 ** 32 + BRANCHES[use]);
}
