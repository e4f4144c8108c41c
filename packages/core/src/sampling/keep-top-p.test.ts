import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { keepTopP } from './keep-top-p.ts';

const logits = [3.2, 1.1, -0.4, 2.7, 0, -1.5, 1.9, 0.6, -2.2, 2.1, 0.3, -0.8];

describe('keepTopP', () => {
  it('keeps the token that crosses p', () => {
    // Masses 0.5, 0.25, 0.25: the mass before the last is 0.75.
    const row = [Math.log(2), 0, 0];

    expect(kept(row, 0.5)).toEqual([0]);
    expect(kept(row, 0.51)).toEqual([0, 1]);
    expect(kept(row, 0.76)).toEqual([0, 1, 2]);
  });

  it('never removes a token when p grows', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const smaller = kept(logits, Math.min(a, b));
        const larger = new Set(kept(logits, Math.max(a, b)));

        expect(smaller.every((token) => larger.has(token))).toBe(true);
      }),
    );
  });

  it('does not depend on a constant added to all logits', () => {
    expect(
      kept(
        logits.map((x) => x + 100),
        0.9,
      ),
    ).toEqual([0, 1, 3, 6, 9]);
  });

  it.each([-0.1, 1.1, NaN])('refuses p = %s', (p) => {
    expect(() => keepTopP(Float64Array.of(1), p)).toThrow(OptionError);
  });
});

function kept(row: readonly number[], p: number): number[] {
  const filtered = keepTopP(Float64Array.from(row), p);
  return [...filtered.keys()].filter((i) => filtered[i] > -Infinity);
}
