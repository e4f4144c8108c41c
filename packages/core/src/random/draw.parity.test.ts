import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { drawCategorical, gumbels, normals, uniforms, words } from './draw.ts';
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
  readonly statistics: Readonly<Record<string, number>> & {
    readonly uniform_key: Key;
    readonly normal_key: Key;
  };
}

const source = { modality: 'core', system: 'rng', file: 'threefry2x32.json' };

describeParity('draws', source, () => {
  const { stream_key, statistics, ...fixture } = readFixtureJson<Fixture>(
    'core',
    'rng',
    source.file,
  );
  const [low, high] = stream_key.map((hex) => Number.parseInt(hex, 16));
  const key: Key = [low, high];

  describe('words', () => {
    it('are those of the table', () => {
      const expected = fixture.stream_u32.map((hex) => Number.parseInt(hex, 16));

      expect([...words(key, expected.length)]).toEqual(expected);
    });
  });

  describe('uniforms', () => {
    it('equal the table bit for bit', () => {
      expect([...uniforms(key, fixture.uniform.length)]).toEqual(fixture.uniform);
    });

    it('have the mean, variance and range of the stored statistics', () => {
      const values = uniforms(statistics.uniform_key, statistics['n']);
      const { mean, variance } = moments(values);

      expect(mean).toBeCloseTo(statistics['uniform_mean'], 12);
      expect(variance).toBeCloseTo(statistics['uniform_var'], 12);
      expect(Math.min(...values)).toBe(statistics['uniform_min']);
      expect(Math.max(...values)).toBe(statistics['uniform_max']);
    });
  });

  describe('normals', () => {
    it('equal the table to 1e-12', () => {
      expectClose(normals(key, fixture.normal_box_muller.length), fixture.normal_box_muller);
    });

    it('have the mean, variance and fourth moment of the stored statistics', () => {
      const { mean, variance, fourth } = moments(normals(statistics.normal_key, statistics['n']));

      expect(mean).toBeCloseTo(statistics['normal_mean'], 12);
      expect(variance).toBeCloseTo(statistics['normal_var'], 12);
      // The stored kurtosis takes the fourth moment about zero.
      expect(fourth / variance ** 2).toBeCloseTo(statistics['normal_kurtosis'], 10);
    });
  });

  describe('gumbels', () => {
    it('equal the table to 1e-12', () => {
      expectClose(gumbels(key, fixture.gumbel.length), fixture.gumbel);
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

      const tokens = [...uniforms(key, inverse_cdf_tokens.length)].map((u) =>
        drawCategorical(probabilities, u),
      );

      expect(tokens).toEqual(inverse_cdf_tokens);
    });
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
