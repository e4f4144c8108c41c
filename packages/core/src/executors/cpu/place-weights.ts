import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightFormat } from '../weight-format.ts';
import type { Machine } from './machine.ts';
import { formatFor, outputRows, packedBytes, packWeights } from './pack-weights.ts';
import type { Address } from './records.ts';
import type { RegionLayout } from './region.ts';

/** A matrix in the machine's memory, as products read it. */
export interface PlacedMatrix {
  readonly weight: Address;
  readonly format: number;
  readonly inner: number;
  /** Outputs, padded to a multiple of 4. */
  readonly outputs: number;
  readonly bias?: Address;
  readonly scales?: Address;
  /** The matrix itself, `[K, E]`, where the engine can multiply by it instead; borrowed from the model. */
  readonly tensor?: Tensor2D;
}

/** Numbers of the formats, as `assembly/matrix.as` has them. */
export const formatNumbers: Readonly<Record<WeightFormat, number>> = {
  f32: 0,
  bf16: 1,
  int8: 2,
  int4: 3,
};

/** A part of a bias: a tensor, or zeros for outputs that have none. */
export type BiasPart = Tensor1D | { readonly zeros: number };

/** Reserves room for weights first, so that they are known to fit, and fills it afterwards. */
export class WeightPlacer {
  readonly #layout: RegionLayout;
  readonly #fills: ((machine: Machine) => Promise<void>)[] = [];

  constructor(layout: RegionLayout) {
    this.#layout = layout;
  }

  /** Values as they are. */
  vector(name: string, tensor: Tensor): Address {
    const address = this.#layout.words(name, tensor.size);
    this.#fills.push(async (machine) => {
      const values = await tensor.data<'float32'>();
      machine.floats(address, tensor.size).set(values);
    });
    return address;
  }

  /** Values that are on the host. */
  constants(name: string, values: Float32Array): Address {
    const address = this.#layout.words(name, values.length);
    this.#fills.push(async (machine) => machine.floats(address, values.length).set(values));
    return address;
  }

  /**
   * A matrix in a format, or in the next larger one that its rows allow.
   *
   * @param weights  `[K, E]` each; with several, their outputs alternate.
   * @param options  Parts of the bias, one behind another.
   */
  matrix(
    name: string,
    weights: readonly Tensor2D[],
    { wanted, bias }: { readonly wanted: WeightFormat; readonly bias?: readonly BiasPart[] },
  ): PlacedMatrix {
    const [inner, outputs] = weights[0].shape;
    const format = formatFor(wanted, inner);
    const padded = Math.ceil((weights.length * outputs) / 4) * 4;
    const bytes = packedBytes(format, { inner, outputs: padded });
    const weight = this.#layout.bytes(name, bytes);
    const scales = format === 'int8' ? this.#layout.words(`${name} scales`, padded) : undefined;
    this.#fills.push(async (machine) => {
      const values: Float32Array[] = [];
      for (const tensor of weights) values.push(await tensor.data<'float32'>());
      packWeights(format, outputRows(values, { inner, outputs }), {
        target: machine.bytes(weight, bytes),
        scales: scales === undefined ? new Float32Array(0) : machine.floats(scales, padded),
      });
    });
    return {
      weight,
      format: formatNumbers[format],
      inner,
      outputs: padded,
      ...(bias && { bias: this.#bias(`${name} bias`, bias, padded) }),
      ...(scales !== undefined && { scales }),
      ...(weights.length === 1 && padded === outputs && { tensor: weights[0] }),
    };
  }

  /** Writes everything into the machine's memory, which must reach the end of the layout. */
  async fill(machine: Machine): Promise<void> {
    for (const fill of this.#fills.splice(0)) await fill(machine);
  }

  #bias(name: string, parts: readonly BiasPart[], outputs: number): Address {
    const address = this.#layout.words(name, outputs);
    this.#fills.push(async (machine) => {
      const target = machine.floats(address, outputs);
      let at = 0;
      for (const part of parts) {
        if ('zeros' in part) at += part.zeros;
        else {
          target.set(await part.data<'float32'>(), at);
          at += part.size;
        }
      }
    });
    return address;
  }
}
