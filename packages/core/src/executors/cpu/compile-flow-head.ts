import { silu } from '../../layers/activation.ts';
import { denoisingEpsilon } from '../../layers/denoising-mlp.ts';
import { activationNumber } from '../network-support.ts';
import { compileProduct } from './compile-product.ts';
import type { Instruction } from './compile-product.ts';
import type { FlowRegions } from './flow-regions.ts';
import type { PlacedFlowHead } from './place-flow-head.ts';
import type { PlacedNorm } from './place-layers.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { epilogueRecord, flowStepRecord, normalizeRecord } from './records.ts';
import type { Address, MachineRecord, ProductFields } from './records.ts';
import type { RunRegions } from './run-regions.ts';

/** What the program of a flow head is compiled from. */
export interface FlowSource {
  readonly head: PlacedFlowHead;
  readonly flow: FlowRegions;
  readonly regions: RunRegions;
  /** Where the engine's products go; absent: the machine computes all. */
  readonly engineProducts?: Address | undefined;
}

/** A product of the head's rows, all of its width unless told otherwise. */
type Multiply = (
  x: Address,
  matrix: PlacedMatrix,
  fields: Pick<ProductFields, 'out' | 'activation' | 'isResidual' | 'gate' | 'gateStride'>,
) => Instruction[];

/**
 * All Euler steps of a flow head, the same for every step of the plan. It runs with as many sequences as there are rows,
 * each of one position: every row has a modulation of its own.
 */
export function compileFlowHead(source: FlowSource): Instruction[] {
  const { head, flow, regions, engineProducts } = source;
  const multiply: Multiply = (x, matrix, fields) =>
    compileProduct({ ...regions, engineProducts }, { address: x, inner: matrix.inner }, matrix, {
      outStride: matrix.outputs,
      ...fields,
    });
  const steps = Array.from({ length: head.steps }, (_, step) => [
    activeCondition(source, step),
    ...multiply(flow.latents, head.input, { out: flow.rows }),
    ...head.blocks.flatMap((block) => compileBlock(source, block, multiply)),
    ...compileVelocity(source, multiply),
    flowStepRecord({
      x: flow.latents,
      velocity: flow.velocity,
      channels: head.channels,
      guidanceScale: flow.guidanceScale,
      step: 1 / head.steps,
    }),
  ]);
  return [...multiply(regions.normed, head.condition, { out: flow.condition }), ...steps.flat()];
}

/** `silu(embedded hidden state + embedded time)`. */
function activeCondition({ head, flow }: FlowSource, step: number): MachineRecord {
  const { width } = head;
  return epilogueRecord({
    x: flow.condition,
    weight: 0,
    format: 0,
    inner: width,
    outputs: width,
    bias: head.times + 4 * step * width,
    activation: activationNumber(silu) ?? 0,
    out: flow.active,
    outStride: width,
  });
}

function compileBlock(
  source: FlowSource,
  { norm, modulation, up, down }: PlacedFlowHead['blocks'][number],
  multiply: Multiply,
): Instruction[] {
  const { head, flow } = source;
  return [
    ...multiply(flow.active, modulation, { out: flow.modulation }),
    normalized(source, norm, 3),
    ...multiply(flow.normed, up, { out: flow.inner, activation: activationNumber(silu) ?? 0 }),
    ...multiply(flow.inner, down, {
      out: flow.rows,
      isResidual: true,
      gate: flow.modulation + 8 * head.width,
      gateStride: 3 * head.width,
    }),
  ];
}

function compileVelocity(source: FlowSource, multiply: Multiply): Instruction[] {
  const { head, flow } = source;
  return [
    ...multiply(flow.active, head.finalModulation, { out: flow.modulation }),
    normalized(source, {}, 2),
    ...multiply(flow.normed, head.output, { out: flow.velocity }),
  ];
}

/** The rows, normalized, then scaled and shifted: of the `vectors` of each row's modulation shift is first, scale second. */
function normalized(
  { head, flow }: FlowSource,
  learned: PlacedNorm,
  vectors: number,
): MachineRecord {
  return normalizeRecord({
    x: flow.rows,
    out: flow.normed,
    width: head.width,
    isCentered: true,
    epsilon: denoisingEpsilon,
    ...learned,
    conditionScale: flow.modulation + 4 * head.width,
    conditionShift: flow.modulation,
    conditionStride: vectors * head.width,
  });
}
