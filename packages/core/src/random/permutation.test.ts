import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation } from './permutation.ts';
import { foldIn } from './threefry.ts';

describe('permutation', () => {
  it('holds every number below n once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (n, seed) => {
        const sorted = permutation([seed, 0], n).toSorted();
        expect([...sorted]).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('follows the documented shuffle on the first words of the stream', () => {
    // Words 0xed280379, 0xa0bb73c3, 0x19101b65 modulo 4, 3, 2 are 1, 0, 1: swap 3-1, then 2-0.
    expect([...permutation([0x12345678, 0x9abcdef0], 4)]).toEqual([2, 3, 0, 1]);
  });

  it('gives each of the 24 orders of four equally often (chi-square below its 0.999 quantile)', () => {
    const counts = new Map<string, number>();
    const draws = 24_000;
    for (let i = 0; i < draws; i++) {
      const order = permutation(foldIn([5, 6], i), 4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }

    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(24);
    // 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(49.73);
  });
});
