import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../../random/draw.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { firstFree, Machine } from './machine.ts';
import { outputRows, packF32 } from './pack-weights.ts';
import { multiplyRecord, normalizeRecord } from './records.ts';
import type { Address, MachineRecord } from './records.ts';
import { RegionLayout } from './region.ts';

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.start({ threads: 1, build: 'plain' });
});
afterAll(() => machine.dispose());

const width = 8;
/** Two sequences of three rows. */
const [sequences, positions] = [2, 3];
const x = normals([1, 1], sequences * positions * width);
const scale = normals([1, 2], width);
const shift = normals([1, 3], width);
const conditionScale = normals([1, 4], sequences * width);
const conditionShift = normals([1, 5], sequences * width);

describe('normalization of the machine', () => {
  it('of layers takes mean and deviation off each row', () => {
    const values = run({ isCentered: true });

    expect(largestDifference(values, normalized(true))).toBeLessThan(1e-6);
  });

  it('by the root mean square keeps the mean', () => {
    const values = run({ isCentered: false });

    expect(largestDifference(values, normalized(false))).toBeLessThan(1e-6);
  });

  it('applies the learned scale and shift, then those of the condition', () => {
    const values = run({ isCentered: true, isAffine: true, isConditional: true });

    const rows = normalized(true).map((value, index) => {
      const column = index % width;
      const at = Math.floor(index / width / positions) * width + column;
      const affine = value * scale[column] + shift[column];
      return affine * (1 + conditionScale[at]) + conditionShift[at];
    });
    expect(largestDifference(values, rows)).toBeLessThan(5e-6);
  });
});

describe('what follows a product', () => {
  const inputs = [-9, -2.5, -1, -0.1, 0, 0.3, 1, 4];

  it.each([
    ['GELU by tanh', 1, (v: number) => 0.5 * v * (1 + Math.tanh(tanhArgument(v)))],
    ['SiLU', 3, (v: number) => v / (1 + Math.exp(-v))],
  ])('may be %s', (_, activation, formula) => {
    expect(largestDifference(activated(inputs, activation), inputs.map(formula))).toBeLessThan(
      2e-6,
    );
  });

  it('may be exact GELU', () => {
    // x Φ(x), Φ from tables of the normal distribution.
    const phi = [0, 0.0062096653, 0.1586552539, 0.4601721627, 0.5, 0.6179114222, 0.8413447461];
    const expected = [...phi, 0.9999683288].map((value, index) => value * inputs[index]);

    expect(largestDifference(activated(inputs, 2), expected)).toBeLessThan(2e-6);
  });

  it('may be a gate that opens the value beside it', () => {
    const opened = [0, 1, 2, 3].map((pair) => {
      const gate = inputs[2 * pair];
      return (gate / (1 + Math.exp(-gate))) * inputs[2 * pair + 1];
    });

    expect(largestDifference(activated(inputs, 3, true).slice(0, 4), opened)).toBeLessThan(2e-6);
  });

  it('may be a gate of the sequence and the addition to what is there', () => {
    const layout = new RegionLayout(firstFree);
    const at = {
      x: layout.words('x', 4),
      weight: layout.words('weight', 16),
      bias: layout.words('bias', 4),
      gate: layout.words('gate', 4),
      out: layout.words('out', 4),
      records: layout.words('records', 32),
    };
    machine.reserve(layout.end);
    machine.floats(at.x, 4).set([1, 2, 3, 4]);
    placeIdentity(at.weight, 4);
    machine.floats(at.bias, 4).set([10, 20, 30, 40]);
    machine.floats(at.gate, 4).set([0, 1, 2, -1]);
    machine.floats(at.out, 4).set([5, 5, 5, 5]);
    const record = multiplyRecord({
      ...at,
      format: 0,
      inner: 4,
      outputs: 4,
      outStride: 4,
      gateStride: 4,
      isResidual: true,
    });
    execute(at.records, [record], 1);

    expect([...machine.floats(at.out, 4)]).toEqual([5, 27, 71, -39]);
  });
});

function tanhArgument(v: number): number {
  return Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3);
}

/** One row of values through an identity matrix and an activation. */
function activated(values: readonly number[], activation: number, isGatedUnit = false): number[] {
  const size = values.length;
  const layout = new RegionLayout(firstFree);
  const at = {
    x: layout.words('x', size),
    weight: layout.words('weight', size * size),
    out: layout.words('out', size),
    records: layout.words('records', 32),
  };
  machine.reserve(layout.end);
  machine.floats(at.x, size).set(values);
  placeIdentity(at.weight, size);
  const sizes = { format: 0, inner: size, outputs: size, outStride: size };
  execute(at.records, [multiplyRecord({ ...at, ...sizes, activation, isGatedUnit })], 1);
  return [...machine.floats(at.out, size)];
}

function placeIdentity(address: Address, size: number): void {
  const identity = new Float32Array(size * size);
  for (let i = 0; i < size; i++) identity[i * size + i] = 1;
  const rows = outputRows([identity], { inner: size, outputs: size });
  packF32(rows, machine.floats(address, size * size));
}

function run({
  isCentered,
  isAffine = false,
  isConditional = false,
}: {
  readonly isCentered: boolean;
  readonly isAffine?: boolean;
  readonly isConditional?: boolean;
}): Float32Array {
  const layout = new RegionLayout(firstFree);
  const place = (name: string, values: Float64Array) => layout.words(name, values.length);
  const at = {
    x: place('x', x),
    out: place('out', x),
    scale: place('scale', scale),
    shift: place('shift', shift),
    conditionScale: place('condition scale', conditionScale),
    conditionShift: place('condition shift', conditionShift),
    records: layout.words('records', 32),
  };
  machine.reserve(layout.end);
  const values = { x, scale, shift, conditionScale, conditionShift };
  for (const [name, data] of Object.entries(values)) {
    machine.floats(at[name as keyof typeof values], data.length).set(data);
  }
  const record = normalizeRecord({
    x: at.x,
    out: at.out,
    width,
    isCentered,
    epsilon: 1e-6,
    ...(isAffine && { scale: at.scale, shift: at.shift }),
    ...(isConditional && {
      conditionScale: at.conditionScale,
      conditionShift: at.conditionShift,
      conditionStride: width,
    }),
  });
  execute(at.records, [record], positions);
  return machine.floats(at.out, x.length).slice();
}

function execute(records: number, program: readonly MachineRecord[], rows: number): void {
  machine.write(records, program);
  machine.run({
    records,
    count: program.length,
    sequences: rows === 1 ? 1 : sequences,
    positions: rows,
    fill: 0,
    visible: { begin: 0, end: rows, isSelfSeen: false },
  });
}

function normalized(isCentered: boolean): number[] {
  return Array.from(x, (_, index) => {
    const row = x.subarray(Math.floor(index / width) * width).subarray(0, width);
    const mean = isCentered ? row.reduce((a, b) => a + b) / width : 0;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return (x[index] - mean) / Math.sqrt(variance + 1e-6);
  });
}
