import { beforeAll, describe, expect, it, vi } from 'vitest';
import { uniforms } from '../../random/draw.ts';
import { attendRowWgsl } from './attend-row.wgsl.ts';
import { attendTileWgsl } from './attend-tile.wgsl.ts';
import { hasAdapter } from './gpu.test-support.ts';
import { KernelRunner } from './kernel-runner.test-support.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

const heads = 2;
const groups = 1;
const size = 12;
const sequences = 2;
const capacity = 320;

interface Case {
  readonly positions: number;
  readonly start: number;
  readonly begin: number;
  readonly end: number;
  readonly isSelfSeen: boolean;
  readonly isCosine: boolean;
  readonly splits: number;
}

const vector = { positions: 1, start: 299, begin: 0, end: 300, isSelfSeen: false, isCosine: false };
const tile = { positions: 17, start: 20, begin: 0, end: 37, isSelfSeen: false, isCosine: false };

describe.skipIf(!hasAdapter)('attention over cached slots (needs a WebGPU adapter)', () => {
  let runner: KernelRunner;
  beforeAll(async () => {
    runner = await KernelRunner.open();
  });

  it.each<[string, Case]>([
    ['all slots in two parts', { ...vector, splits: 2 }],
    ['a window and its own slot', { ...vector, begin: 280, end: 290, isSelfSeen: true, splits: 1 }],
    ['of unit length', { ...vector, isCosine: true, splits: 2 }],
  ])('of a row is that of float64: %s', async (_, each) => {
    expect(await error(runner, each, 'row')).toBeLessThan(2e-6);
  });

  it.each<[string, Case]>([
    ['all slots', { ...tile, splits: 1 }],
    ['earlier steps and its own slot', { ...tile, end: 20, isSelfSeen: true, splits: 1 }],
    ['only its own slot', { ...tile, end: 0, isSelfSeen: true, splits: 1 }],
    ['of unit length', { ...tile, begin: 3, isCosine: true, splits: 1 }],
  ])('of a tile is that of float64: %s', async (_, each) => {
    expect(await error(runner, each, 'tile')).toBeLessThan(2e-6);
  });
});

/** Largest difference of one kernel to float64. */
async function error(runner: KernelRunner, each: Case, kind: 'row' | 'tile'): Promise<number> {
  const { positions, start, begin, end, isSelfSeen, isCosine, splits } = each;
  const rows = sequences * positions;
  const queries = numbers(1, rows * heads * size);
  const cache = numbers(2, sequences * 2 * groups * capacity * size);
  const factors = [3, 5];
  const scale = size ** -0.5;
  const out = queries.length / 4;
  const statistics = out + splits * out;
  const cosineFactors = statistics + rows * splits * heads;
  const arena = new Float32Array(4 * (cosineFactors + 1));
  arena.set(queries);
  arena.set(factors, 4 * cosineFactors);
  const options = { headFours: size / 4, isCosine, cacheFormat: 'f32' } as const;
  const kernel = {
    x: 0,
    out,
    statistics,
    cosineFactors,
    heads,
    groups,
    headFours: size / 4,
    capacity,
    scale,
  };
  const { arena: after } = await runner.run(
    kind === 'row' ? attendRowWgsl(options) : attendTileWgsl(options),
    {
      kernel,
      step: { start, positions, rows, begin, end, isSelfSeen: Number(isSelfSeen), splits },
      arena,
      cache,
      grid: kind === 'row' ? [heads, rows, splits] : [heads, Math.ceil(positions / 16), sequences],
    },
  );
  const own = Array.from({ length: end - begin }, (_, index) => begin + index);
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    const slots = isSelfSeen ? [...own, start + (row % positions)] : own;
    for (let head = 0; head < heads; head++) {
      const query = queries.subarray((row * heads + head) * size, (row * heads + head + 1) * size);
      const expected = attended(cache, query, {
        first: Math.floor(row / positions) * 2 * capacity,
        slots,
        factor: isCosine ? factors[head] / length(query) : scale,
        isCosine,
      });
      const result = merged(after, {
        out,
        statistics,
        row,
        head,
        splits: kind === 'row' ? splits : 0,
      });
      expected.forEach((value, d) => {
        largest = Math.max(largest, Math.abs(value - result[d]));
      });
    }
  }
  return largest;
}

/** Softmax-weighted sum of the values of some slots. */
function attended(
  cache: Float32Array,
  query: Float32Array,
  {
    first,
    slots,
    factor,
    isCosine,
  }: {
    readonly first: number;
    readonly slots: readonly number[];
    readonly factor: number;
    readonly isCosine: boolean;
  },
): number[] {
  const row = (slot: number) => cache.subarray(slot * size, (slot + 1) * size);
  const weights = slots.map((slot) => {
    const key = row(first + slot);
    const dot = key.reduce((sum, value, d) => sum + value * query[d], 0);
    return Math.exp((factor * dot) / (isCosine ? length(key) : 1));
  });
  const total = weights.reduce((a, b) => a + b);
  return Array.from({ length: size }, (_, d) =>
    slots.reduce((sum, slot, i) => sum + (weights[i] / total) * row(first + capacity + slot)[d], 0),
  );
}

/** The head of a row from its parts; without parts it is written complete. */
function merged(
  arena: Float32Array,
  {
    out,
    statistics,
    row,
    head,
    splits,
  }: {
    readonly out: number;
    readonly statistics: number;
    readonly row: number;
    readonly head: number;
    readonly splits: number;
  },
): number[] {
  const at = (part: number) => 4 * out + part * size;
  if (splits === 0) return [...arena.subarray(at(row * heads + head), at(row * heads + head + 1))];
  const parts = Array.from({ length: splits }, (_, split) => (row * splits + split) * heads + head);
  const peaks = parts.map((part) => arena[4 * (statistics + part)]);
  const scales = peaks.map((peak) => Math.exp(peak - Math.max(...peaks)));
  const total = parts.reduce(
    (sum, part, i) => sum + scales[i] * arena[4 * (statistics + part) + 1],
    0,
  );
  return Array.from({ length: size }, (_, d) =>
    parts.reduce((sum, part, i) => sum + (scales[i] * arena[at(part) + d]) / total, 0),
  );
}

/** Numbers from -2 to 2 that are the same every time. */
function numbers(key: number, count: number): Float32Array {
  return Float32Array.from(uniforms([key, 7], count), (u) => 4 * u - 2);
}

function length(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
