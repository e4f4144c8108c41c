import { NumericError, ShapeError } from '@nextx/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from './symmetric-eigen.ts';

describe('symmetricEigen', () => {
  it('finds 3 and 1 of [[2, 1], [1, 2]]', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);

    expect([...values]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)]);
    expect(Math.abs(vectors[0] * vectors[1])).toBeCloseTo(0.5, 12);
  });

  it('finds 4 sin^2 of the discrete Laplacian of 5 points', () => {
    const matrix = Float64Array.from({ length: 25 }, (_, i) => {
      const gap = Math.abs((i % 5) - Math.floor(i / 5));
      return gap === 0 ? 2 : gap === 1 ? -1 : 0;
    });

    const expected = [5, 4, 3, 2, 1].map((k) => 4 * Math.sin((k * Math.PI) / 12) ** 2);
    expect([...symmetricEigen(matrix, 5).values]).toEqual(
      expected.map((v) => expect.closeTo(v, 12)),
    );
  });

  it('takes zero and diagonal matrices and size 1', () => {
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    expect([...symmetricEigen(Float64Array.of(1, 0, 0, 5), 2).values]).toEqual([5, 1]);
    expect([...symmetricEigen(Float64Array.of(-4), 1).values]).toEqual([-4]);
  });

  it('gives orthonormal vectors that rebuild any symmetric matrix', () => {
    const sizes = fc.integer({ min: 1, max: 9 });
    const cell = fc.double({ min: -1, max: 1, noNaN: true });
    const matrices = sizes.chain((n) => fc.array(cell, { minLength: n * n, maxLength: n * n }));
    fc.assert(
      fc.property(matrices, (cells) => {
        const n = Math.sqrt(cells.length);
        const at = (i: number, j: number) => (cells[i * n + j] + cells[j * n + i]) / 2;
        const { values, vectors } = symmetricEigen(Float64Array.from(cells), n);
        let error = 0;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let rebuilt = 0;
            let dot = 0;
            for (let k = 0; k < n; k++) {
              rebuilt += values[k] * vectors[k * n + i] * vectors[k * n + j];
              dot += vectors[i * n + k] * vectors[j * n + k];
            }
            error = Math.max(
              error,
              Math.abs(rebuilt - at(i, j)),
              Math.abs(dot - (i === j ? 1 : 0)),
            );
          }
        }
        expect(error).toBeLessThan(1e-12);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps vectors orthonormal where squares of values vanish', () => {
    const tiny = 2e-162;
    const matrix = Float64Array.of(0, tiny, tiny, tiny, 0, tiny, tiny, tiny, 0);

    const { vectors } = symmetricEigen(matrix, 3);

    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const dot = [0, 1, 2].reduce((sum, k) => sum + vectors[i * 3 + k] * vectors[j * 3 + k], 0);
      expect(dot).toBeCloseTo(i === j ? 1 : 0, 12);
    }
  });

  it('refuses NaN and a wrong number of values', () => {
    expect(() => symmetricEigen(Float64Array.of(NaN), 1)).toThrow(NumericError);
    expect(() => symmetricEigen(new Float64Array(3), 2)).toThrow(ShapeError);
  });
});
