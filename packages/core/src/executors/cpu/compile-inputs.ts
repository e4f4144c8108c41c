import { stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { NetworkInputs } from '../../program/network.ts';
import type { ProgramSource } from './compile-blocks.ts';
import type { PlacedInputs } from './place-network.ts';
import {
  blendRecord,
  contractRecord,
  lookUpRecord,
  multiplyRecord,
  broadcastRecord,
} from './records.ts';
import type { Address, MachineRecord } from './records.ts';

/** Records that make the rows of one step from the ids before it. */
export function compileInputs(source: ProgramSource, plan: Plan, step: number): MachineRecord[] {
  const { network, placed } = source;
  const { inputs } = placed;
  if (step === 0 || inputs.kind === 'token') return tokenRows(source, plan, step);
  if (inputs.kind === 'latent') return latentRows(source, inputs, { plan, step });
  // Both come from the same network.
  const { sides, refinementOfScale, residualRatio } = network.inputs as Extract<
    NetworkInputs,
    { kind: 'scale' }
  >;
  return [
    ...addScale(source, inputs, {
      scale: step - 1,
      sides,
      ratio: residualRatio,
      refine: inputs.refine[refinementOfScale[step - 1]],
    }),
    ...scaleRows(source, inputs, { plan, step, sides }),
  ];
}

/** The row of the id before each position, or the start row, plus what every position adds. */
function tokenRows(
  { placed, regions, sizes, network }: ProgramSource,
  plan: Plan,
  step: number,
): MachineRecord[] {
  const { width } = network.parts;
  const { start, end } = stepRange(plan, step);
  const positions = end - start;
  const { sequences } = sizes;
  const { added } = placed;
  const lookUp = lookUpRecord({
    table: placed.inputs.kind === 'token' ? placed.inputs.table : 0,
    ids: regions.ids,
    starts: regions.starts,
    width,
    rows: sequences * positions,
    positions,
    out: added === undefined ? regions.x : regions.fed,
  });
  if (added === undefined) return [lookUp];
  const broadcast = broadcastRecord({
    x: regions.fed,
    items: sequences,
    added,
    first: start,
    sequences,
    positions,
    width,
    out: regions.x,
  });
  return [lookUp, broadcast];
}

/** The latent before each position, mapped to a row, plus what every position adds. */
function latentRows(
  { network, placed, regions, sizes }: ProgramSource,
  { embedding }: Extract<PlacedInputs, { kind: 'latent' }>,
  { plan, step }: { readonly plan: Plan; readonly step: number },
): MachineRecord[] {
  const { width } = network.parts;
  const { start, end } = stepRange(plan, step);
  const { sequences } = sizes;
  return [
    multiplyRecord({ x: regions.fedLatents, ...embedding, out: regions.fed, outStride: width }),
    broadcastRecord({
      x: regions.fed,
      items: sequences,
      ...(placed.added !== undefined && { added: placed.added }),
      first: start,
      sequences,
      positions: end - start,
      width,
      out: regions.x,
    }),
  ];
}

/** Looks the codes of a finished scale up, enlarges and refines them, and adds them to the sum. */
function addScale(
  { regions, sizes }: ProgramSource,
  inputs: Extract<PlacedInputs, { kind: 'scale' }>,
  {
    scale,
    sides,
    ratio,
    refine,
  }: {
    readonly scale: number;
    readonly sides: readonly number[];
    readonly ratio: number;
    readonly refine: { readonly weight: Address; readonly bias: Address };
  },
): MachineRecord[] {
  const { items } = sizes;
  const { latentChannels: channels } = inputs;
  const [codes, half, map] = regions.maps;
  const last = sides[sides.length - 1];
  const side = sides[scale];
  const matrix = inputs.enlarge[scale];
  return [
    lookUpRecord({
      table: inputs.codebook,
      ids: regions.ids,
      width: channels,
      rows: items * side * side,
      positions: side * side,
      out: codes,
    }),
    ...resize({ x: codes, half, out: map }, { matrix, items, before: side, after: last, channels }),
    blendRecord({
      x: matrix === undefined ? codes : map,
      ...refine,
      ratio,
      sum: regions.sum,
      items,
      side: last,
      channels,
    }),
  ];
}

/** The sum, reduced to the side of the step and mapped to rows, the same for both halves of a guided batch. */
function scaleRows(
  { network, placed, regions, sizes }: ProgramSource,
  inputs: Extract<PlacedInputs, { kind: 'scale' }>,
  {
    plan,
    step,
    sides,
  }: { readonly plan: Plan; readonly step: number; readonly sides: readonly number[] },
): MachineRecord[] {
  const { width } = network.parts;
  const { items, sequences } = sizes;
  const { latentChannels: channels } = inputs;
  const [map, half] = regions.maps;
  const last = sides[sides.length - 1];
  const side = sides[step];
  const matrix = inputs.reduce[step];
  const positions = side * side;
  return [
    ...resize(
      { x: regions.sum, half, out: map },
      { matrix, items, before: last, after: side, channels },
    ),
    multiplyRecord({
      x: matrix === undefined ? regions.sum : map,
      ...inputs.embedding,
      out: regions.fed,
      outStride: width,
      rows: items * positions,
    }),
    broadcastRecord({
      x: regions.fed,
      items,
      ...(placed.added !== undefined && { added: placed.added }),
      first: stepRange(plan, step).start,
      sequences,
      positions,
      width,
      out: regions.x,
    }),
  ];
}

/** Rows of a square map, then its columns; nothing where there is no matrix. */
function resize(
  { x, half, out }: { readonly x: Address; readonly half: Address; readonly out: Address },
  {
    matrix,
    items,
    before,
    after,
    channels,
  }: {
    readonly matrix: Address | undefined;
    readonly items: number;
    readonly before: number;
    readonly after: number;
    readonly channels: number;
  },
): MachineRecord[] {
  if (matrix === undefined) return [];
  const sizes = { matrix, before, after };
  return [
    contractRecord({ x, out: half, outer: items, length: before * channels, ...sizes }),
    contractRecord({ x: half, out, outer: items * after, length: channels, ...sizes }),
  ];
}
