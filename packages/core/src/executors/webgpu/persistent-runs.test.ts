import { describe, expect, it } from 'vitest';
import type { PlacedHead } from './place-network.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { exchangePlaces } from './exchange-places.ts';
import { persistentRuns } from './persistent-runs.ts';
import type { PersistentShape } from './persistent-shape.ts';
import { shareProduct } from './share-product.ts';

/** A matrix whose parts lie behind each other from a place on. */
function matrixAt(at: number, buffer = 0): PlacedMatrix {
  const sizes = { inner: 16, outputs: 48, format: 'f32' } as const;
  return { buffer, weight: at, bias: at + 10, sums: at + 11, scales: at + 12, ...sizes };
}

const blockAt = (at: number, buffer = 0) => ({
  qkv: matrixAt(at, buffer),
  output: matrixAt(at + 20, buffer),
  up: matrixAt(at + 40, buffer),
  down: matrixAt(at + 60, buffer),
});

const cacheAt = (at: number, buffer = 0) => ({ at, buffer });

describe('persistentRuns', () => {
  const logits: PlacedHead = { kind: 'categorical', logits: matrixAt(900) };
  const walked = (runs: ReturnType<typeof persistentRuns>) =>
    runs.map(({ first, count, weightStride, cacheStride, head }) => [
      first,
      count,
      weightStride,
      cacheStride,
      head !== undefined,
    ]);

  it('walks blocks at even distances in one run, with the head behind them', () => {
    const blocks = [0, 100, 200].map((at) => blockAt(at));
    const caches = [0, 7, 14].map((at) => cacheAt(at));

    expect(walked(persistentRuns({ blocks, head: logits }, caches))).toEqual([
      [0, 3, 100, 7, true],
    ]);
  });

  it('begins another run in another buffer of weights or caches, and where distances change', () => {
    const blocks = [blockAt(0), blockAt(100), blockAt(0, 1), blockAt(100, 1), blockAt(300, 1)];
    const caches = [0, 7, 14, 21, 28].map((at) => cacheAt(at));

    expect(walked(persistentRuns({ blocks, head: logits }, caches))).toEqual([
      [0, 2, 100, 7, false],
      [2, 2, 100, 7, false],
      // The head lies in the first buffer.
      [4, 1, 0, 0, false],
    ]);
    const apart = [cacheAt(0), cacheAt(0, 1), cacheAt(7, 1), cacheAt(21, 1), cacheAt(28, 1)];
    const even = [0, 100, 200, 300, 400].map((at) => blockAt(at));
    expect(walked(persistentRuns({ blocks: even, head: logits }, apart))).toEqual([
      [0, 1, 0, 0, false],
      [1, 2, 100, 7, false],
      [3, 2, 100, 7, true],
    ]);
  });

  it('leaves out a block whose matrices lie in two buffers, and heads that are no logits', () => {
    const torn = { ...blockAt(100), down: matrixAt(0, 1) };
    const head = { kind: 'velocity', velocity: matrixAt(900), channels: 4, steps: 2 } as const;
    const blocks = [blockAt(0), torn, blockAt(200)];

    const runs = persistentRuns(
      { blocks, head },
      [0, 7, 14].map((at) => cacheAt(at)),
    );

    expect(walked(runs)).toEqual([
      [0, 1, 0, 0, false],
      [2, 1, 0, 0, false],
    ]);
  });
});

describe('shareProduct', () => {
  it.each([
    [1, 1],
    [3, 2],
    [128, 2],
    [7, 8],
  ])('gives every output to one of %i workgroups, in whole groups of %i', (workgroups, unit) => {
    const matrix = { ...matrixAt(0), inner: 64, outputs: 2304 };

    const { share, strand, turns, loads, tasks } = shareProduct('qkv', matrix, {
      workgroups,
      unit,
      subgroup: 32,
      memoryBytes: 0,
    });

    expect(share % unit).toBe(0);
    expect(share * workgroups).toBeGreaterThanOrEqual(2304);
    expect((share - unit) * workgroups).toBeLessThan(2304);
    // All lanes together reach all outputs of the workgroup, and all tasks of each.
    expect(turns * (256 / strand)).toBeGreaterThanOrEqual(share);
    expect(loads * strand).toBeGreaterThanOrEqual(tasks);
    expect(strand).toBeGreaterThanOrEqual(32);
  });
});

describe('exchangePlaces', () => {
  it('gives everything a room of its own', () => {
    const shape: PersistentShape = {
      rows: 2,
      width: 16,
      hidden: 24,
      heads: 4,
      groups: 2,
      headSize: 4,
      norm: 'rms',
      activation: 0,
      isGated: true,
      hasAngles: true,
      cacheFormat: 'f32',
    };

    const { length, ...places } = exchangePlaces(shape, 3);

    // [R, (H + 2 G) D], [R, splits, H D], [R, splits, H, 2], [R, C] twice, [R, F].
    const sizes = [2 * 32, 2 * 3 * 16, 2 * 3 * 4 * 2, 2 * 16, 2 * 16, 2 * 24];
    const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((a, b) => a + b, 0));
    expect(Object.values(places)).toEqual(starts);
    expect(length).toBe(sizes.reduce((a, b) => a + b, 0));
  });
});
