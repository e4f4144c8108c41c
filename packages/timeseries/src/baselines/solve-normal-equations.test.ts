import { describe, expect, it } from 'vitest';
import { solveNormalEquations } from './solve-normal-equations.ts';

describe('solveNormalEquations', () => {
  it('solves for several targets at once', () => {
    // [[4, 2], [2, 3]] · [[1, 0], [-1, 2]] = [[2, 4], [-1, 6]]; the upper triangle is not read.
    const gram = Float64Array.of(4, NaN, 2, 3);
    const moments = Float64Array.of(2, 4, -1, 6);

    const weights = solveNormalEquations({ gram, moments, features: 2, targets: 2 });

    [1, 0, -1, 2].forEach((weight, index) => {
      expect(weights[index]).toBeCloseTo(weight, 12);
    });
  });

  it('leaves out a feature that repeats another', () => {
    // Both features are (1, 2), the target (2, 4).
    const gram = Float64Array.of(5, 5, 5, 5);
    const weights = solveNormalEquations({ gram, moments: Float64Array.of(10, 10), features: 2, targets: 1 });

    expect([...weights]).toEqual([2, 0]);
  });

  it('gives zeros for features that are all zero', () => {
    const nothing = { gram: new Float64Array(4), moments: new Float64Array(2) };

    expect([...solveNormalEquations({ ...nothing, features: 2, targets: 1 })]).toEqual([0, 0]);
  });
});
