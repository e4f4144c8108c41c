import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { keepTopK } from './keep-top-k.ts';

describe('keepTopK', () => {
  it('keeps ties with the k-th largest', () => {
    const kept = keepTopK(Float64Array.of(1, 2, 2, 0.5, 2, -1), 2);

    expect([...kept].map(Number.isFinite)).toEqual([false, true, true, false, true, false]);
  });

  it('drops exactly what is below the k-th of the sorted row', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 })), fc.nat(30), (values, k) => {
        const border = k === 0 ? -Infinity : (values.toSorted((a, b) => b - a)[k - 1] ?? -Infinity);
        const expected = values.map((value) => (value < border ? -Infinity : value));

        expect([...keepTopK(Float64Array.from(values), k)]).toEqual(expected);
      }),
    );
  });

  it('does the same when applied twice', () => {
    const once = keepTopK(Float64Array.of(3, 1, 2, 5), 2);

    expect([...keepTopK(once.slice(), 2)]).toEqual([...once]);
  });

  it('does not count what was already dropped', () => {
    const row = Float64Array.of(-Infinity, 1, -Infinity, 2);

    expect([...keepTopK(row, 3)]).toEqual([-Infinity, 1, -Infinity, 2]);
  });

  it.each([-1, 1.5, NaN, Infinity])('refuses k = %s', (k) => {
    expect(() => keepTopK(Float64Array.of(1), k)).toThrow(OptionError);
  });
});
