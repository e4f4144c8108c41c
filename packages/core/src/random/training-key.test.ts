import { describe, expect, it } from 'vitest';
import { threefry2x32 } from './threefry.ts';
import { trainingKey } from './training-key.ts';

describe('trainingKey', () => {
  it.each([
    ['init', 1],
    ['order', 2],
    ['dropout', 3],
  ] as const)('roots %s at block 2^32 + %i of the stream of the seed', (use, low) => {
    expect(trainingKey(2n ** 32n + 9n, use)).toEqual(threefry2x32([9, 1], [low, 1]));
  });
});
