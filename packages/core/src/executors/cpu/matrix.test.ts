import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../../random/draw.ts';
import { weightFormats } from '../weight-format.ts';
import type { WeightFormat } from '../weight-format.ts';
import { firstFree, Machine } from './machine.ts';
import type { KernelBuild } from './machine.ts';
import {
  formatFor,
  int4Group,
  int8Group,
  outputRows,
  packedBytes,
  packWeights,
  weightOffsets,
} from './pack-weights.ts';
import { enableRelaxedSimd } from './relaxed-simd.ts';
import { formatNumbers } from './place-weights.ts';
import { multiplyRecord, quantizeRecord } from './records.ts';
import type { MachineRecord } from './records.ts';
import { RegionLayout } from './region.ts';

enableRelaxedSimd();

const builds: readonly KernelBuild[] = ['plain', 'relaxed'];

interface Case {
  readonly rows: number;
  readonly inner: number;
  readonly outputs: number;
  readonly format: WeightFormat;
}

/** Largest error over the largest result: 24 bits; 8 bits; 6.6 bits of weights; 3.5 bits of weights. */
const tolerances: Readonly<Record<WeightFormat, number>> = {
  f32: 1e-6,
  bf16: 4e-3,
  int8: 3e-2,
  int4: 2e-1,
};

describe.each(builds)('products of the %s build', (build) => {
  const machines: Machine[] = [];
  beforeAll(async () => {
    for (const threads of [1, 2, 3]) machines.push(await Machine.start({ threads, build }));
  });
  afterAll(() => machines.forEach((machine) => machine.dispose()));

  describe.each(weightFormats)('of %s weights', (format) => {
    it.each([1, 2, 3, 8, 9, 33])('agree with float64 sums over %i rows', (rows) => {
      const sizes = { rows, inner: 96, outputs: 20, format };

      expect(errorOf(product(machines[0], sizes), sizes)).toBeLessThan(tolerances[format]);
    });

    it('are the same bits on one, two and three threads', () => {
      const sizes = { rows: 3, inner: 64, outputs: 36, format };
      const [one, two, three] = machines.map((machine) => product(machine, sizes));

      expect(two).toEqual(one);
      expect(three).toEqual(one);
    });
  });

  it('may have more rows than are multiplied at a time', () => {
    // 128 rows of 1024 values are half a megabyte.
    const sizes = { rows: 300, inner: 1024, outputs: 12, format: 'f32' as const };

    for (const machine of machines) {
      expect(errorOf(product(machine, sizes), sizes)).toBeLessThan(2e-6);
    }
  });

  it('of the last group of int8 may be shorter than the others', () => {
    const sizes = { rows: 2, inner: int8Group + 16, outputs: 4, format: 'int8' as const };

    expect(errorOf(product(machines[0], sizes), sizes)).toBeLessThan(tolerances.int8);
  });
});

describe('integer products', () => {
  it.each(['int8', 'int4'] as const)(
    'of %s are the same numbers in both builds',
    async (format) => {
      const sizes = { rows: 2, inner: 128, outputs: 8, format };
      const results: Float32Array[] = [];
      for (const build of builds) {
        const machine = await Machine.start({ threads: 1, build });
        results.push(product(machine, sizes));
        machine.dispose();
      }

      const largest = Math.max(...results[0].map(Math.abs));
      const differences = results[0].map((value, index) => Math.abs(value - results[1][index]));
      expect(Math.max(...differences) / largest).toBeLessThan(1e-6);
    },
  );
});

describe('formatFor', () => {
  it('gives the next larger format that the rows allow', () => {
    expect(formatFor('int4', 64)).toBe('int4');
    expect(formatFor('int4', 48)).toBe('int8');
    expect(formatFor('int4', 40)).toBe('bf16');
    expect(formatFor('int8', 48)).toBe('int8');
    expect(formatFor('bf16', 20)).toBe('bf16');
    expect(formatFor('f32', 64)).toBe('f32');
  });
});

/** `[rows, inner]` activations and `[inner, outputs]` weights. */
function operands({ rows, inner, outputs }: Case): { x: Float32Array; weights: Float32Array } {
  return {
    x: Float32Array.from(normals([1, 2], rows * inner)),
    weights: Float32Array.from(normals([3, 4], inner * outputs)),
  };
}

function product(machine: Machine, sizes: Case): Float32Array {
  const { rows, inner, outputs, format } = sizes;
  const { x, weights } = operands(sizes);
  const layout = new RegionLayout(firstFree);
  const bytes = packedBytes(format, { inner, outputs });
  const at = {
    weight: layout.bytes('weight', bytes),
    scales: layout.words('scales', outputs),
    x: layout.words('x', rows * inner),
    out: layout.words('out', rows * outputs),
    quantized: layout.bytes('quantized', rows * inner),
    groups: layout.bytes('groups', rows * Math.ceil(inner / int4Group) * 32),
    records: layout.words('records', 64),
  };
  machine.reserve(layout.end);
  packWeights(format, outputRows([weights], { inner, outputs }), {
    target: machine.bytes(at.weight, bytes),
    scales: machine.floats(at.scales, outputs),
  });
  machine.floats(at.x, rows * inner).set(x);
  const records: MachineRecord[] = [
    quantizeRecord({
      ...at,
      inner,
      group: format === 'int4' ? int4Group : int8Group,
      offset: format === 'int4' ? weightOffsets.int4 : weightOffsets.int8,
    }),
    multiplyRecord({ ...at, format: formatNumbers[format], inner, outputs, outStride: outputs }),
  ];
  machine.write(at.records, records);
  machine.run({
    records: at.records,
    count: records.length,
    sequences: 1,
    positions: rows,
    fill: 0,
    visible: { begin: 0, end: rows, isSelfSeen: false },
  });
  return machine.floats(at.out, rows * outputs).slice();
}

/** Largest difference from sums in float64, over the largest of them. */
function errorOf(values: Float32Array, sizes: Case): number {
  const { rows, inner, outputs } = sizes;
  const { x, weights } = operands(sizes);
  let largest = 0;
  let difference = 0;
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += x[row * inner + k] * weights[k * outputs + output];
      largest = Math.max(largest, Math.abs(sum));
      difference = Math.max(difference, Math.abs(values[row * outputs + output] - sum));
    }
  }
  return difference / largest;
}
