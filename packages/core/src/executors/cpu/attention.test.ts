import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../../random/draw.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { firstFree, Machine } from './machine.ts';
import type { VisibleRange } from '../visible-range.ts';
import { headRecords } from './records.ts';
import { RegionLayout } from './region.ts';

const sizes = { sequences: 2, heads: 4, keyValueHeads: 2, headSize: 8, capacity: 12 };
const rowWidth = (sizes.heads + 2 * sizes.keyValueHeads) * sizes.headSize;

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.start({ threads: 2, build: 'plain' });
});
afterAll(() => machine.dispose());

interface Attention {
  readonly positions: number;
  /** Rows of one sequence written and attended before the ones that are looked at. */
  readonly fill: number;
  readonly visible: VisibleRange;
  readonly cosineFactors?: readonly number[];
  readonly isRotated?: boolean;
}

const all = (end: number): VisibleRange => ({ begin: 0, end, isSelfSeen: false });

describe('attention of the machine', () => {
  it.each([
    ['one row over itself', { positions: 1, fill: 0, visible: all(1) }],
    ['one row over five before it', { positions: 1, fill: 5, visible: all(6) }],
    ['five rows over themselves', { positions: 5, fill: 0, visible: all(5) }],
    ['seven rows over these and five before', { positions: 7, fill: 5, visible: all(12) }],
    ['two rows over a window', { positions: 2, fill: 6, visible: { ...all(8), begin: 3 } }],
    [
      'three rows over earlier ones and themselves alone',
      { positions: 3, fill: 4, visible: { begin: 0, end: 4, isSelfSeen: true } },
    ],
    [
      'three first rows over themselves alone',
      { positions: 3, fill: 0, visible: { begin: 0, end: 0, isSelfSeen: true } },
    ],
    ['rotated rows', { positions: 3, fill: 4, visible: all(7), isRotated: true }],
    [
      'rows of unit length with a factor a head',
      { positions: 3, fill: 4, visible: all(7), cosineFactors: [1, 2, 3, 4] },
    ],
  ] satisfies [string, Attention][])('agrees with float64: %s', (_, attention) => {
    const values = attended(attention);

    expect(largestDifference(values, expected(attention))).toBeLessThan(2e-6);
  });
});

/** Projected rows of slot `slot` of a sequence. */
function projected(sequence: number, slot: number): Float32Array {
  return Float32Array.from(normals([sequence, slot], rowWidth));
}

function angles(slot: number): Float64Array {
  return normals([9, slot], sizes.headSize / 2);
}

function attended({
  positions,
  fill,
  visible,
  cosineFactors,
  isRotated = false,
}: Attention): Float32Array {
  const { sequences, heads, keyValueHeads, headSize, capacity } = sizes;
  const rows = sequences * Math.max(positions, fill);
  const layout = new RegionLayout(firstFree);
  const cache = sequences * keyValueHeads * capacity * headSize + 3 * headSize;
  const scoresStride = 4 * (capacity + 8);
  const at = {
    qkv: layout.words('qkv', rows * rowWidth),
    keys: layout.words('keys', cache),
    values: layout.words('values', cache),
    out: layout.words('out', rows * heads * headSize),
    scores: layout.words('scores', 2 * scoresStride),
    cosines: layout.words('cosines', (capacity * headSize) / 2),
    sines: layout.words('sines', (capacity * headSize) / 2),
    factors: layout.words('factors', heads),
    records: layout.words('records', 64),
  };
  machine.reserve(layout.end);
  for (const { address, bytes } of layout.regions) machine.bytes(address, bytes).fill(0);
  for (let slot = 0; slot < capacity; slot++) {
    const first = at.cosines + 2 * slot * headSize;
    machine.floats(first, headSize / 2).set(angles(slot).map(Math.cos));
    machine.floats(first - at.cosines + at.sines, headSize / 2).set(angles(slot).map(Math.sin));
  }
  machine.floats(at.factors, heads).set(cosineFactors ?? []);
  const { cosines, sines, factors, records, ...addresses } = at;
  const program = headRecords({
    ...addresses,
    ...sizes,
    scale: headSize ** -0.5,
    scoresStride,
    ...(isRotated && { cosines, sines }),
    ...(cosineFactors && { cosineFactors: factors }),
  });
  machine.write(records, program);
  const step = (from: number, count: number, seen: VisibleRange): void => {
    for (let row = 0; row < sequences * count; row++) {
      const target = machine.floats(at.qkv + 4 * row * rowWidth, rowWidth);
      target.set(projected(Math.floor(row / count), from + (row % count)));
    }
    machine.run({ records, count: 2, sequences, positions: count, fill: from, visible: seen });
  };
  if (fill > 0) step(0, fill, all(fill));
  step(fill, positions, visible);
  return machine.floats(at.out, sequences * positions * heads * headSize).slice();
}

function expected({
  positions,
  fill,
  visible,
  cosineFactors,
  isRotated = false,
}: Attention): number[] {
  const { sequences, heads, keyValueHeads, headSize } = sizes;
  const head = (sequence: number, slot: number, which: number): number[] =>
    Array.from(projected(sequence, slot).subarray(which * headSize, (which + 1) * headSize));
  const shaped = (values: number[], slot: number, factor: number): number[] => {
    const size = cosineFactors === undefined ? 1 : Math.hypot(...values);
    const scaled = values.map((value) => (value / size) * factor);
    return isRotated ? rotated(scaled, angles(slot)) : scaled;
  };
  const result: number[] = [];
  for (let sequence = 0; sequence < sequences; sequence++) {
    for (let slot = fill; slot < fill + positions; slot++) {
      for (let which = 0; which < heads; which++) {
        const group = Math.floor(which / (heads / keyValueHeads));
        const factor = cosineFactors?.[which] ?? headSize ** -0.5;
        const query = shaped(head(sequence, slot, which), slot, factor);
        const slots = Array.from(
          { length: visible.end - visible.begin },
          (_, index) => visible.begin + index,
        );
        if (visible.isSelfSeen) slots.push(slot);
        const scores = slots.map((other) => {
          const key = shaped(head(sequence, other, heads + group), other, 1);
          return key.reduce((sum, value, index) => sum + value * query[index], 0);
        });
        const peak = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - peak));
        const total = weights.reduce((a, b) => a + b);
        for (let index = 0; index < headSize; index++) {
          const mixed = slots.reduce((sum, other, seen) => {
            const value = head(sequence, other, heads + keyValueHeads + group)[index];
            return sum + (weights[seen] / total) * value;
          }, 0);
          result.push(mixed);
        }
      }
    }
  }
  return result;
}

/** Interleaved pairs, rotated. */
function rotated(values: readonly number[], by: Float64Array): number[] {
  return values.map((value, index) => {
    const angle = by[index >> 1];
    const other = values[index ^ 1];
    return value * Math.cos(angle) + (index % 2 === 0 ? -other : other) * Math.sin(angle);
  });
}
