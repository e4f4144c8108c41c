import type { Tensor2D } from '@tensorflow/tfjs-core';
import { int4Group, int8Group, weightOffsets } from './pack-weights.ts';
import { formatNumbers } from './place-weights.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { epilogueRecord, multiplyRecord, quantizeRecord } from './records.ts';
import type { Address, MachineRecord, ProductFields } from './records.ts';
import type { RunRegions } from './run-regions.ts';

/** A product that the engine computes between two segments of records. */
export interface EngineProduct {
  /** `[R, K]` and `[R, E]` in the machine's memory. */
  readonly x: Address;
  readonly out: Address;
  /** `[K, E]`; borrowed. */
  readonly weight: Tensor2D;
}

/** What a step consists of. */
export type Instruction = MachineRecord | EngineProduct;

/** A product: the engine's, or the machine's, after its rows were turned into bytes where the format asks for it. */
export function compileProduct(
  {
    quantized,
    groups,
    engineProducts,
  }: Pick<RunRegions, 'quantized' | 'groups'> & { readonly engineProducts: Address | undefined },
  x: { readonly address: Address; readonly inner: number },
  { tensor, ...matrix }: PlacedMatrix,
  fields: Omit<ProductFields, 'x' | keyof PlacedMatrix | 'quantized' | 'groups'>,
): Instruction[] {
  if (engineProducts !== undefined && tensor !== undefined) {
    return [
      { x: x.address, out: engineProducts, weight: tensor },
      epilogueRecord({ x: engineProducts, ...matrix, ...fields }),
    ];
  }
  const multiply = multiplyRecord({ x: x.address, ...matrix, ...fields, quantized, groups });
  const isInt8 = matrix.format === formatNumbers.int8;
  if (!isInt8 && matrix.format !== formatNumbers.int4) return [multiply];
  const quantize = quantizeRecord({
    x: x.address,
    inner: x.inner,
    group: isInt8 ? int8Group : int4Group,
    offset: isInt8 ? weightOffsets.int8 : weightOffsets.int4,
    quantized,
    groups,
  });
  return [quantize, multiply];
}
