import { matMul, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { EngineProduct, Instruction } from './compile-product.ts';
import type { Machine, MachineRun } from './machine.ts';
import { recordWords } from './records.ts';
import type { Address, MachineRecord } from './records.ts';

/** Records that run without a stop, or a product of the engine between them. */
export type Segment = Pick<MachineRun, 'records' | 'count'> | EngineProduct;

/** Writes the records of a program one behind another and says where the engine takes turns with the machine. */
export function writeSegments(
  machine: Machine,
  address: Address,
  program: readonly Instruction[],
): Segment[] {
  machine.write(address, program.filter(isRecord));
  const segments: Segment[] = [];
  let records = address;
  let count = 0;
  const close = (): void => {
    if (count > 0) segments.push({ records, count });
    records += count * recordWords * 4;
    count = 0;
  };
  for (const instruction of program) {
    if (isRecord(instruction)) count++;
    else {
      close();
      segments.push(instruction);
    }
  }
  close();
  return segments;
}

/** Runs segments in their order, for the same rows. */
export async function runSegments(
  machine: Machine,
  segments: readonly Segment[],
  run: Omit<MachineRun, 'records' | 'count'>,
): Promise<void> {
  for (const segment of segments) {
    if ('weight' in segment) await multiplyOnEngine(machine, segment, run);
    else machine.run({ ...run, ...segment });
  }
}

function isRecord(instruction: Instruction): instruction is MachineRecord {
  return Array.isArray(instruction);
}

async function multiplyOnEngine(
  machine: Machine,
  { x, out, weight }: EngineProduct,
  { sequences, positions }: Omit<MachineRun, 'records' | 'count'>,
): Promise<void> {
  const rows = sequences * positions;
  const [inner, outputs] = weight.shape;
  // Engines keep the array they are given; the machine's is shared and changes.
  const values = machine.floats(x, rows * inner).slice();
  const product = tidy(() => matMul(tensor2d(values, [rows, inner]), weight));
  try {
    machine.floats(out, rows * outputs).set(await product.data<'float32'>());
  } finally {
    product.dispose();
  }
}
