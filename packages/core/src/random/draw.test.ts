import { describe, expect, it } from 'vitest';
import { NumericError } from '../errors.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { drawCategorical, gumbels, normals, openUniforms, uniforms, words } from './draw.ts';
import type { Key } from './threefry.ts';

interface Fixture {
  readonly stream_key: readonly string[];
  readonly stream_u32: readonly string[];
  readonly uniform: readonly number[];
  readonly normal_box_muller: readonly number[];
  readonly gumbel: readonly number[];
  readonly categorical: {
    readonly logits: readonly number[];
    readonly inverse_cdf_tokens: readonly number[];
    readonly gumbel_max_tokens: readonly number[];
  };
  readonly statistics: Readonly<Record<string, number>>;
}

const fixture = readFixtureJson<Fixture>('core', 'rng', 'threefry2x32.json');
const key: Key = [0x12345678, 0x9abcdef0];

describe('words', () => {
  it('are the 16 of the table', () => {
    const expected = fixture.stream_u32.map((hex) => Number.parseInt(hex, 16));

    expect([...words(key, 16)]).toEqual(expected);
  });

  it('of a shorter odd count are the beginning of a longer stream', () => {
    expect([...words(key, 5)]).toEqual([...words(key, 16)].slice(0, 5));
    expect(words(key, 0)).toHaveLength(0);
  });
});

describe('uniforms', () => {
  it('equal the table bit for bit', () => {
    expect([...uniforms(key, 16)]).toEqual(fixture.uniform);
  });

  it('have the mean, variance and range of the stored statistics', () => {
    const values = uniforms([1, 2], 65536);
    const { mean, variance } = moments(values);

    expect(mean).toBeCloseTo(fixture.statistics['uniform_mean'], 12);
    expect(variance).toBeCloseTo(fixture.statistics['uniform_var'], 12);
    expect(Math.min(...values)).toBe(fixture.statistics['uniform_min']);
    expect(Math.max(...values)).toBe(fixture.statistics['uniform_max']);
  });
});

describe('openUniforms', () => {
  it('are the upper 23 bits of each word, moved by half a step', () => {
    // 0xed280379 >>> 9 is 7771137.
    expect(openUniforms(key, 1)[0]).toBe((7771137 + 0.5) / 8388608);
  });
});

describe('normals', () => {
  it('equal the table to 1e-12', () => {
    expectClose(normals(key, 16), fixture.normal_box_muller);
  });

  it('of an odd count are the beginning of a longer draw', () => {
    expect([...normals(key, 3)]).toEqual([...normals(key, 16)].slice(0, 3));
  });

  it('have the mean, variance and fourth moment of the stored statistics', () => {
    const { mean, variance, fourth } = moments(normals([3, 4], 65536));

    expect(mean).toBeCloseTo(fixture.statistics['normal_mean'], 12);
    expect(variance).toBeCloseTo(fixture.statistics['normal_var'], 12);
    // The stored kurtosis takes the fourth moment about zero.
    expect(fourth / variance ** 2).toBeCloseTo(fixture.statistics['normal_kurtosis'], 10);
  });
});

describe('gumbels', () => {
  it('equal the table to 1e-12', () => {
    expectClose(gumbels(key, 16), fixture.gumbel);
  });

  it('pick the tokens of the table as the largest of logits plus noise', () => {
    const { logits, gumbel_max_tokens } = fixture.categorical;
    const noise = gumbels(key, logits.length * gumbel_max_tokens.length);

    const tokens = gumbel_max_tokens.map((_, draw) => {
      const scores = logits.map((logit, i) => logit + noise[draw * logits.length + i]);
      return scores.indexOf(Math.max(...scores));
    });

    expect(tokens).toEqual(gumbel_max_tokens);
  });
});

describe('drawCategorical', () => {
  it('draws the tokens of the table', () => {
    const { logits, inverse_cdf_tokens } = fixture.categorical;
    const weights = logits.map(Math.exp);
    const total = weights.reduce((a, b) => a + b);
    const probabilities = weights.map((weight) => weight / total);

    const tokens = [...uniforms(key, 24)].map((u) => drawCategorical(probabilities, u));

    expect(tokens).toEqual(inverse_cdf_tokens);
  });

  it('never takes an index of probability zero', () => {
    expect(drawCategorical([0, 0.5, 0, 0.5], 0)).toBe(1);
    expect(drawCategorical([0, 0.5, 0, 0.5], 0.5)).toBe(3);
    expect(drawCategorical([0.25, 0.25, 0.4999, 0], 0.99999)).toBe(2);
  });

  it.each([[[0, 0]], [[]], [[NaN, 1]], [[0.1, NaN]]])('refuses the probabilities %j', (p) => {
    expect(() => drawCategorical(p, 0.5)).toThrow(NumericError);
  });
});

function expectClose(values: Float64Array, expected: readonly number[]): void {
  const differences = expected.map((value, i) => Math.abs(values[i] - value));
  expect(Math.max(...differences)).toBeLessThan(1e-12);
}

function moments(values: Float64Array): { mean: number; variance: number; fourth: number } {
  const average = (f: (x: number) => number): number =>
    values.reduce((sum, x) => sum + f(x), 0) / values.length;
  const mean = average((x) => x);
  const variance = average((x) => (x - mean) ** 2);
  return { mean, variance, fourth: average((x) => x ** 4) };
}
