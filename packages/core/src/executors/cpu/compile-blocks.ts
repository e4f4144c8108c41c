import type { TransformerParts } from '../../backbone/transformer.ts';
import type { Network } from '../../program/network.ts';
import { activationNumber } from '../network-support.ts';
import { compileProduct } from './compile-product.ts';
import type { Instruction } from './compile-product.ts';
import type { PlacedNorm } from './place-layers.ts';
import type { PlacedBlock, PlacedNetwork } from './place-network.ts';
import { headRecords, normalizeRecord } from './records.ts';
import type { Address, MachineRecord } from './records.ts';
import { hiddenOf } from './run-regions.ts';
import type { RunRegions, RunSizes } from './run-regions.ts';

/** What a program is compiled from. */
export interface ProgramSource {
  readonly network: Network;
  readonly placed: PlacedNetwork;
  readonly regions: RunRegions;
  readonly sizes: RunSizes;
}

/**
 * All blocks, the last norm, and the logits of a categorical head; the same for every step.
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
    ...(placed.head.kind === 'categorical'
      ? compileProduct({ ...regions, engineProducts }, normed, placed.head.logits, {
          out: regions.logits,
          outStride: placed.head.logits.outputs,
        })
      : []),
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
    ...compileProduct(regions, normed, block.qkv, {
      out: regions.qkv,
      outStride: block.qkv.outputs,
    }),
    ...attention(source, block, index),
    ...compileProduct(
      regions,
      { address: regions.attended, inner: width },
      block.output,
      gated(modulation?.attention.gate),
    ),
    normAt('mlp', block.mlpNorm),
    ...compileProduct(regions, normed, block.up, {
      out: regions.hidden,
      outStride: hidden,
      activation: form === undefined ? 0 : (activationNumber(form.activation) ?? 0),
      isGatedUnit: form?.isGated ?? false,
    }),
    ...compileProduct(
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
