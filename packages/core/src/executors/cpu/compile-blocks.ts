import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TransformerParts } from '../../backbone/transformer.ts';
import type { Network } from '../../program/network.ts';
import { int4Group, int8Group, weightOffsets } from './pack-weights.ts';
import { activationNumber } from '../network-support.ts';
import type { PlacedBlock, PlacedNetwork, PlacedNorm } from './place-network.ts';
import { formatNumbers } from './place-weights.ts';
import type { PlacedMatrix } from './place-weights.ts';
import {
  epilogueRecord,
  headRecords,
  multiplyRecord,
  normalizeRecord,
  quantizeRecord,
} from './records.ts';
import type { Address, MachineRecord, ProductFields } from './records.ts';
import { hiddenOf } from './run-regions.ts';
import type { RunRegions, RunSizes } from './run-regions.ts';

/** What a program is compiled from. */
export interface ProgramSource {
  readonly network: Network;
  readonly placed: PlacedNetwork;
  readonly regions: RunRegions;
  readonly sizes: RunSizes;
}

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

/**
 * All blocks, the last norm and the head; the same for every step.
 *
 * @param engineProducts  Where the engine's products go, which it then computes wherever it can; absent: the machine
 *   computes all.
 */
export function compileBlocks(source: ProgramSource, engineProducts?: Address): Instruction[] {
  const { network, placed, regions } = source;
  const { width } = network.parts;
  const final = regions.finalModulation;
  const normed = { address: regions.normed, inner: width };
  return [
    ...placed.blocks.flatMap((block, index) =>
      compileBlock(source, block, { index, engineProducts }),
    ),
    norm(network.parts, placed.finalNorm, {
      x: regions.x,
      out: regions.normed,
      ...(final && {
        conditionScale: final.scale,
        conditionShift: final.shift,
        conditionStride: width,
      }),
    }),
    ...product({ ...regions, engineProducts }, normed, placed.head, {
      out: regions.logits,
      outStride: placed.head.outputs,
    }),
  ];
}

function compileBlock(
  source: ProgramSource,
  block: PlacedBlock,
  {
    index,
    engineProducts,
  }: { readonly index: number; readonly engineProducts?: Address | undefined },
): Instruction[] {
  const { network } = source;
  const regions = { ...source.regions, engineProducts };
  const { parts } = network;
  const { width } = parts;
  const modulation = regions.modulations.at(index);
  const normed = { address: regions.normed, inner: width };
  const gated = (gate: Address | undefined) => ({
    out: regions.x,
    outStride: width,
    isResidual: true,
    ...(gate !== undefined && { gate, gateStride: width }),
  });
  const normAt = (which: 'attention' | 'mlp', learned: PlacedNorm): MachineRecord => {
    const vectors = modulation?.[which];
    return norm(parts, learned, {
      x: regions.x,
      out: regions.normed,
      ...(vectors && {
        conditionScale: vectors.scale,
        conditionShift: vectors.shift,
        conditionStride: width,
      }),
    });
  };
  const form = parts.mlp.form;
  const hidden = hiddenOf(parts);
  return [
    normAt('attention', block.attentionNorm),
    ...product(regions, normed, block.qkv, { out: regions.qkv, outStride: block.qkv.outputs }),
    ...attention(source, block, index),
    ...product(
      regions,
      { address: regions.attended, inner: width },
      block.output,
      gated(modulation?.attention.gate),
    ),
    normAt('mlp', block.mlpNorm),
    ...product(regions, normed, block.up, {
      out: regions.hidden,
      outStride: hidden,
      activation: form === undefined ? 0 : (activationNumber(form.activation) ?? 0),
      isGatedUnit: form?.isGated ?? false,
    }),
    ...product(
      regions,
      { address: regions.hidden, inner: hidden },
      block.down,
      gated(modulation?.mlp.gate),
    ),
  ];
}

function attention(
  { network, placed, regions, sizes }: ProgramSource,
  block: PlacedBlock,
  index: number,
): readonly MachineRecord[] {
  const { heads, keyValueHeads, headSize, scaling } = network.parts.attention;
  const dotScale = scaling.form?.kind === 'dot' ? scaling.form.scale : undefined;
  return headRecords({
    qkv: regions.qkv,
    keys: regions.keys[index],
    values: regions.values[index],
    heads,
    keyValueHeads,
    headSize,
    capacity: sizes.capacity,
    scale: dotScale ?? headSize ** -0.5,
    ...(block.cosineFactors !== undefined && { cosineFactors: block.cosineFactors }),
    ...(placed.cosines !== undefined && { cosines: placed.cosines }),
    ...(placed.sines !== undefined && { sines: placed.sines }),
    out: regions.attended,
    scores: regions.scores,
    scoresStride: regions.scoresStride,
  });
}

function norm(
  { norm: { form }, width }: TransformerParts,
  { scale, shift }: PlacedNorm,
  fields: {
    readonly x: Address;
    readonly out: Address;
    readonly conditionScale?: Address;
    readonly conditionShift?: Address;
    readonly conditionStride?: number;
  },
): MachineRecord {
  return normalizeRecord({
    ...fields,
    width,
    isCentered: form?.kind === 'layer',
    epsilon: form?.epsilon ?? 0,
    ...(scale !== undefined && { scale }),
    ...(shift !== undefined && { shift }),
  });
}

/** A product: the engine's, or the machine's, after its rows were turned into bytes where the format asks for it. */
function product(
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
