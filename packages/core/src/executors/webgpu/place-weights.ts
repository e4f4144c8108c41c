import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { NormParams } from '../../layers/norm.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import type { MemoryPlan, Place } from './memory-plan.ts';
import { formatFor, packedBytes, packMatrix } from './pack-matrix.ts';

/** A matrix on the device; all of it lies in one buffer. */
export interface PlacedMatrix {
  readonly buffer: number;
  readonly weight: number;
  readonly bias: number;
  readonly sums: number;
  readonly scales: number;
  readonly format: GpuWeightFormat;
  /** K, and outputs without padding. */
  readonly inner: number;
  readonly outputs: number;
}

/** Writes bytes to a place on the device. */
export type WriteWeights = (place: Place, data: Uint8Array<ArrayBuffer> | Float32Array) => void;

/** What surrounds a matrix. */
export interface MatrixOptions {
  readonly format: GpuWeightFormat;
  /** The norm in front, folded into the matrix. */
  readonly norm?: NormParams;
  /** Parts of the bias, one behind another; a number stands for as many zeros. */
  readonly bias?: readonly (Tensor1D | number)[];
}

/** Reserves room for weights first, so that they are known to fit, and writes them afterwards. */
export class WeightPlacer {
  readonly #plan: MemoryPlan;
  readonly #fills: ((write: WriteWeights) => Promise<void>)[] = [];

  constructor(plan: MemoryPlan) {
    this.#plan = plan;
  }

  /** Values that kernels read together, so that they lie in one buffer. */
  tables(name: string, tables: readonly (Tensor | Float32Array)[]): Place[] {
    const places = this.#plan.group(
      name,
      tables.map((table) => 4 * ('dataSync' in table ? table.size : table.length)),
    );
    this.#fills.push(async (write) => {
      for (const [index, table] of tables.entries()) {
        const values = 'dataSync' in table ? await table.data<'float32'>() : table;
        write(places[index], values);
      }
    });
    return places;
  }

  /**
   * A matrix in a format, or in the next larger one that its rows allow.
   *
   * @param weights  `[K, E]` each; with two, fours of their outputs alternate.
   */
  matrix(name: string, weights: readonly Tensor2D[], options: MatrixOptions): PlacedMatrix {
    const [inner, outputs] = weights[0].shape;
    const format = formatFor(options.format, inner);
    const sizes = { inner, outputs: weights.length * outputs };
    const places = this.#plan.group(name, packedBytes(format, sizes));
    this.#fills.push(async (write) => {
      const { norm, bias } = options;
      const matrices: Float32Array[] = [];
      for (const weight of weights) matrices.push(await weight.data<'float32'>());
      const scale = await norm?.scale?.data<'float32'>();
      const shift = await norm?.shift?.data<'float32'>();
      const packed = packMatrix(format, {
        matrices,
        inner,
        outputs,
        ...(scale && { scale }),
        ...(shift && { shift }),
        ...(bias && { bias: await joinedBias(bias) }),
      });
      const parts = [packed.weight, packed.bias, packed.sums, packed.scales];
      parts.forEach((part, index) => write(places[index], part));
    });
    const [weight, bias, sums, scales] = places.map(({ at }) => at);
    return { buffer: places[0].buffer, weight, bias, sums, scales, format, ...sizes };
  }

  /** Writes everything. */
  async fill(write: WriteWeights): Promise<void> {
    for (const fill of this.#fills.splice(0)) await fill(write);
  }
}

async function joinedBias(parts: readonly (Tensor1D | number)[]): Promise<Float32Array> {
  const values: number[] = [];
  for (const part of parts) {
    if (typeof part === 'number') values.push(...new Float32Array(part));
    else values.push(...(await part.data<'float32'>()));
  }
  return Float32Array.from(values);
}
