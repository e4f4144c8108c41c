import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { halfSplitToInterleaved, rotaryTable } from './rotary-table.ts';

interface Table {
  readonly head_dim: number;
  readonly theta: number;
  readonly coords: number[][];
  readonly cos: number[][];
  readonly sin: number[][];
  readonly x: number[][];
  readonly rotated_interleaved: number[][];
  readonly rotated_half_split?: number[][];
}
interface Fixture {
  readonly '1d': Table;
  readonly '2d': Table;
  readonly '3d': Table;
  readonly relative_invariance_2d: {
    readonly q: number[];
    readonly k: number[];
    readonly scores_equal: { pos_q: number[]; pos_k: number[]; score: number }[];
  };
}

const source = { modality: 'core', system: 'rope', file: 'tables.json' };

describeParity('rotary tables', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'rope', source.file);

  describe('rotaryTable', () => {
    it.each(['1d', '2d', '3d'] as const)('gives the cosines and sines of the %s table', (name) => {
      const { coords, cos, sin } = fixture[name];

      const table = tableOf(fixture[name]);

      expect(coords[0]).toHaveLength(Number(name[0]));
      expectClose(table.cos, cos.flat());
      expectClose(table.sin, sin.flat());
    });

    it.each(['1d', '2d', '3d'] as const)('rotates the vectors of the %s table', (name) => {
      const { x, rotated_interleaved } = fixture[name];
      const { cos, sin } = tableOf(fixture[name]);

      const rotated = x.map((row, n) => rotate(row, cos, sin, n));

      expectClose(rotated.flat(), rotated_interleaved.flat());
    });

    it('makes scores depend on the difference of coordinates per axis only', () => {
      const { q, k, scores_equal } = fixture.relative_invariance_2d;

      for (const { pos_q, pos_k, score } of scores_equal) {
        const coordinates = [...pos_q, ...pos_k];
        const { cos, sin } = rotaryTable({ coordinates, rank: 2, headSize: q.length });
        const [a, b] = [rotate(q, cos, sin, 0), rotate(k, cos, sin, 1)];

        expect(a.reduce((sum, x, i) => sum + x * b[i], 0)).toBeCloseTo(score, 5);
      }
    });
  });

  describe('halfSplitToInterleaved', () => {
    it('turns half-split rotation into interleaved rotation', () => {
      const { x, head_dim, rotated_half_split = [] } = fixture['1d'];
      const { cos, sin } = tableOf(fixture['1d']);
      const order = halfSplitToInterleaved(head_dim);
      const reorder = (row: number[]): number[] => [...order].map((from) => row[from]);

      const rotated = x.map((row, n) => rotate(reorder(row), cos, sin, n));

      expectClose(rotated.flat(), rotated_half_split.map(reorder).flat());
    });
  });
});

function tableOf({ coords, head_dim, theta }: Table): { cos: Float32Array; sin: Float32Array } {
  return rotaryTable({
    coordinates: coords.flat(),
    rank: coords[0].length,
    headSize: head_dim,
    theta,
  });
}

function rotate(row: number[], cos: Float32Array, sin: Float32Array, n: number): number[] {
  return row.map((value, i) => {
    const at = (n * row.length) / 2 + (i >> 1);
    return i % 2 === 0
      ? value * cos[at] - row[i + 1] * sin[at]
      : row[i - 1] * sin[at] + value * cos[at];
  });
}

function expectClose(values: ArrayLike<number>, expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const differences = expected.map((value, i) => Math.abs(values[i] - value));
  // The tables' own tolerance; float32 holds 6e-8 of it.
  expect(Math.max(...differences)).toBeLessThan(1e-6);
}
