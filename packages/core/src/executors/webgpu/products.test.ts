import { beforeAll, describe, expect, it, vi } from 'vitest';
import { uniforms } from '../../random/draw.ts';
import { hasAdapter } from './gpu.test-support.ts';
import type { Ending } from './finish.wgsl.ts';
import { gemmWgsl, productTile } from './gemm.wgsl.ts';
import { gemvWgsl } from './gemv.wgsl.ts';
import type { ProductNorm } from './gemv.wgsl.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { KernelRunner } from './kernel-runner.test-support.ts';
import { packMatrix } from './pack-matrix.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

const inner = 96;
const outputs = 20;
const epsilon = 1e-5;
const store: Ending = { kind: 'store' };

/** The largest difference that a format may make to a sum of 96 products of numbers up to 1. */
const tolerances: Readonly<Record<GpuWeightFormat, number>> = {
  f32: 2e-5,
  f16: 1e-2,
  int8: 0.1,
  int4: 2,
};

describe.skipIf(!hasAdapter)('products of rows and matrices (needs a WebGPU adapter)', () => {
  let runner: KernelRunner;
  beforeAll(async () => {
    runner = await KernelRunner.open();
  });

  it.each<[GpuWeightFormat, number]>([
    ['f32', 1],
    ['f32', 3],
    ['f32', 8],
    ['f32', 33],
    ['f16', 2],
    ['f16', 9],
    ['int8', 2],
    ['int8', 9],
    ['int4', 2],
    ['int4', 9],
  ])('are those of float64, %s weights and %d rows', async (format, rows) => {
    const { result, expected } = await product(runner, { format, rows });

    expect(difference(result, expected)).toBeLessThan(tolerances[format]);
  });

  it('are the same by large tiles, which many rows have', async () => {
    expect(productTile(70, outputs)).toEqual({ rows: 32, outputs: 32 });
    expect(productTile(512, 2304)).toEqual({ rows: 64, outputs: 64 });
    const { result, expected } = await product(runner, { format: 'f32', rows: 70, side: 64 });

    expect(difference(result, expected)).toBeLessThan(tolerances.f32);
  });

  it.each([2, 9])('fold a layer norm with scale and shift, %d rows', async (rows) => {
    const norm = { kind: 'layer', isModulated: false } as const;
    const { result, expected } = await product(runner, { format: 'f32', rows, norm });

    expect(difference(result, expected)).toBeLessThan(tolerances.f32);
  });

  it('open gated units four by four, of rows that are no multiple of the tile', async () => {
    const ending = { kind: 'activate', activation: 3, isGated: true } as const;
    const { result, expected } = await product(runner, { format: 'f32', rows: 2, ending });

    expect(difference(result, expected)).toBeLessThan(tolerances.f32);
  });
});

/** One product on the device and in float64. */
async function product(
  runner: KernelRunner,
  {
    format,
    rows,
    norm,
    ending = store,
    side = 32,
  }: {
    readonly format: GpuWeightFormat;
    readonly rows: number;
    readonly norm?: ProductNorm;
    readonly ending?: Ending;
    /** Of the tiles, for more than 8 rows. */
    readonly side?: number;
  },
): Promise<{ result: Float32Array; expected: number[] }> {
  const isGated = ending.kind === 'activate' && ending.isGated;
  const matrices = Array.from({ length: isGated ? 2 : 1 }, (_, index) =>
    numbers(10 + index, inner * outputs),
  );
  const x = numbers(1, rows * inner);
  const bias = numbers(2, matrices.length * outputs);
  const scale = numbers(3, inner);
  const shift = numbers(4, inner);
  const packed = packMatrix(format, {
    matrices,
    inner,
    outputs,
    bias,
    ...(norm && { scale, shift }),
  });
  const parts = [packed.weight, packed.bias, packed.sums, packed.scales];
  const { weights, places } = joined(parts.map((part) => new Uint8Array(part.buffer)));
  // Rows, their statistics, and the result.
  const statistics = (rows * inner) / 4;
  const out = statistics + rows;
  const width = Math.ceil(outputs / 4);
  const arena = new Float32Array(4 * (out + rows * width));
  arena.set(x);
  const normed = Array.from({ length: rows }, (_, row) => {
    const values = [...x.subarray(row * inner, (row + 1) * inner)];
    if (norm === undefined) return values;
    const mean = values.reduce((a, b) => a + b) / inner;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / inner;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    arena.set([mean, inverse], 4 * (statistics + row));
    return values.map((value, k) => (value - mean) * inverse * scale[k] + shift[k]);
  });
  const options = { format, cacheFormat: 'f32', source: 'rows', norm, ending } as const;
  const [weight, biasPlace, sums, scales] = places;
  const tile = { rows: side, outputs: side };
  const { arena: after } = await runner.run(
    rows <= 8
      ? gemvWgsl({ rows, innerFours: inner / 4, heads: 0 }, options)
      : gemmWgsl(tile, options),
    {
      kernel: {
        x: 0,
        out,
        statistics,
        weight,
        bias: biasPlace,
        sums,
        scales,
        inner: inner / 4,
        outputs: width,
        epsilon,
      },
      step: { positions: rows, rows },
      weights,
      arena,
      grid: [Math.ceil((matrices.length * outputs) / 8), Math.ceil(rows / tile.rows), 1],
    },
  );
  const result = after.slice(4 * out, 4 * out + rows * outputs);
  const expected = normed.flatMap((row) =>
    Array.from({ length: outputs }, (_, output) => {
      const [first, second] = matrices.map((matrix, which) =>
        row.reduce(
          (sum, value, k) => sum + value * matrix[k * outputs + output],
          bias[which * outputs + output],
        ),
      );
      return second === undefined ? first : (first / (1 + Math.exp(-first))) * second;
    }),
  );
  return { result, expected };
}

/** Numbers from -1 to 1 that are the same every time. */
function numbers(key: number, count: number): Float32Array {
  return Float32Array.from(uniforms([key, 0], count), (u) => 2 * u - 1);
}

/** Parts one behind another, and their places in fours. */
function joined(parts: readonly Uint8Array[]): { weights: Uint8Array; places: number[] } {
  const places: number[] = [];
  const bytes: number[] = [];
  for (const part of parts) {
    places.push(bytes.length / 16);
    bytes.push(...part, ...new Uint8Array((16 - (part.length % 16)) % 16));
  }
  return { weights: Uint8Array.from(bytes), places };
}

function difference(result: Float32Array, expected: readonly number[]): number {
  return Math.max(...expected.map((value, index) => Math.abs(value - result[index])));
}
