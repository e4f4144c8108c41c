import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumericError, OptionError } from '../errors.ts';
import { filterLogits, filtersIn, parseSamplingOptions, sampleRow } from './filters.ts';
import type { SamplingOptions } from './filters.ts';

describe('filterLogits', () => {
  it('leaves at least one token, and probabilities that sum to 1', () => {
    fc.assert(
      fc.property(anyRow, anyOptions, (logits, options) => {
        const probabilities = filterLogits(logits, options);
        const sum = probabilities.reduce((a, b) => a + b, 0);

        expect(survivors(probabilities).length).toBeGreaterThanOrEqual(1);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it('never takes in a token that was ruled out', () => {
    fc.assert(
      fc.property(anyRow, anyOptions, (logits, options) => {
        const kept = survivors(filterLogits([-Infinity, ...logits], options));

        expect(kept).not.toContain(0);
      }),
    );
  });

  it('does not change its input', () => {
    const logits = Float64Array.of(1, 2, 3);

    filterLogits(logits, { temperature: 0.5, topK: 1 });

    expect([...logits]).toEqual([1, 2, 3]);
  });

  it('leaves the lowest of the largest at temperature 0', () => {
    expect([...filterLogits([1, 3, 3], { temperature: 0 })]).toEqual([0, 1, 0]);
  });

  it('survives a temperature so small that the quotients overflow', () => {
    expect([...filterLogits([1e10, 2e10, 0], { temperature: 1e-300 })]).toEqual([0, 1, 0]);
  });

  it('takes 0 and 1 for no top-p and no typical filter', () => {
    const plain = filterLogits([1, 2, 3]);

    expect(filterLogits([1, 2, 3], { topP: 0, typical: 0 })).toEqual(plain);
    expect(filterLogits([1, 2, 3], { topP: 1, typical: 1 })).toEqual(plain);
  });

  it.each([[[-Infinity, -Infinity]], [[NaN, 1]], [[1, NaN]], [[Infinity, 1]], [[]]])(
    'refuses the broken row %j',
    (row) => {
      expect(() => filterLogits(row, { topK: 1 })).toThrow(NumericError);
    },
  );
});

describe('sampleRow', () => {
  it('takes the first token whose running sum exceeds u', () => {
    const logits = [Math.log(1), Math.log(2), Math.log(1)];

    expect([0, 0.24, 0.26, 0.74, 0.76].map((u) => sampleRow(logits, {}, u))).toEqual([
      0, 0, 1, 1, 2,
    ]);
    expect(sampleRow(logits, { topK: 1 }, 0.9)).toBe(1);
  });

  it('takes the first of the largest at temperature 0, as the law that the filters leave', () => {
    const tied = [1, 3, 3];
    const options = { temperature: 0, topP: 0.5 };

    expect(sampleRow(tied, options, 0.9)).toBe(1);
    expect([...filterLogits(tied, options)]).toEqual([0, 1, 0]);
    expect(() => sampleRow([1, NaN], options, 0)).toThrow(NumericError);
  });

  it('checks every option at temperature 0 too', () => {
    for (const wrong of [{ topK: -1 }, { topP: 2 }, { minP: NaN }, { typical: -1 }, { eta: 2 }]) {
      expect(() => sampleRow([1, 2], { temperature: 0, ...wrong }, 0)).toThrow(OptionError);
    }
  });
});

describe('parseSamplingOptions', () => {
  it('fills the defaults in', () => {
    expect(parseSamplingOptions({ topK: 900 })).toEqual({
      temperature: 1,
      topK: 900,
      topP: 1,
      minP: 0,
      typical: 1,
      epsilon: 0,
      eta: 0,
    });
  });

  it.each<[unknown]>([
    [{ temperature: -1 }],
    [{ temperature: NaN }],
    [{ temperature: Infinity }],
    [{ temperature: 999_999 }],
    [{ topK: -1 }],
    [{ topK: 1.5 }],
    [{ topK: 2 ** 60 }],
    [{ topP: 1.01 }],
    [{ topP: NaN }],
    [{ minP: -0.1 }],
    [{ typical: 2 }],
    [{ epsilon: Infinity }],
    [{ eta: -1 }],
    [{ topK: '3' }],
    [{ topP: null }],
    [{ top_k: 3 }],
    [{ toString: 1 }],
    [[]],
    [null],
    ['greedy'],
  ])('refuses %j', (options) => {
    expect(() => parseSamplingOptions(options)).toThrow(OptionError);
  });

  it('names the option, its range and the value', () => {
    expect(() => parseSamplingOptions({ temperature: -1 })).toThrow(
      'parseSamplingOptions: temperature must be a number from 0 to 100, got -1.',
    );
  });
});

const anyRow = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
});
const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyOptions: fc.Arbitrary<SamplingOptions> = fc.record(
  {
    temperature: fc.double({ min: 0, max: 100, noNaN: true }),
    topK: fc.nat(50),
    topP: share,
    minP: share,
    typical: share,
    epsilon: share,
    eta: share,
  },
  { requiredKeys: [] },
);

function survivors(probabilities: Float64Array): number[] {
  return [...probabilities.keys()].filter((i) => probabilities[i] > 0);
}

describe('filtersIn', () => {
  it('names the filters that leave tokens out, and none whose value keeps all', () => {
    const keepsAll = { temperature: 0.5, topK: 0, topP: 0, typical: 1, minP: 0 };

    expect(filtersIn(keepsAll)).toEqual([]);
    expect(filtersIn({ ...keepsAll, topK: 2, epsilon: 0.1 })).toEqual(['topK', 'epsilon']);
  });
});
