import type { Tensor } from '@tensorflow/tfjs-core';
import { stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { cacheFormula, rowsFormula, weightsFormula } from '../../program/memory-formulas.ts';
import type { MatrixBytes } from '../../program/memory-formulas.ts';
import { countNames } from '../../program/program-listing.ts';
import type {
  ListedBatch,
  ListedStep,
  MemoryFormula,
  ProgramListing,
  RegionKind,
} from '../../program/program-listing.ts';
import { flowSizes } from '../../program/network.ts';
import type { NetworkHead } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { supportedNetwork } from '../network-support.ts';
import { visibleSlots } from '../visible-range.ts';
import type { WeightFormat } from '../weight-format.ts';
import { compileBlocks } from './compile-blocks.ts';
import type { ProgramSource } from './compile-blocks.ts';
import { compileFlowHead } from './compile-flow-head.ts';
import { compileInputs } from './compile-inputs.ts';
import type { Instruction } from './compile-product.ts';
import { firstFree } from './machine.ts';
import { headFormats, placeNetwork } from './place-network.ts';
import { WeightPlacer } from './place-weights.ts';
import { operationName } from './records.ts';
import type { Address, MachineRecord, Operation } from './records.ts';
import { RegionLayout } from './region.ts';
import { Room } from './room.ts';
import { hiddenOf, runRegions, runSizes } from './run-regions.ts';
import { cpuSupports } from './supports.ts';

/** What the cpu executor's program is listed for. */
export interface CpuListingOptions extends ListedBatch {
  /** How the matrices of the blocks are stored. @defaultValue 'f32' */
  readonly format?: WeightFormat;
  /** @defaultValue 1 */
  readonly threads?: number;
  /** Rows from which products go to the engine of tfjs. @defaultValue never */
  readonly engineRows?: number;
}

/**
 * The records that the cpu executor runs for a model, step by step, and the regions of its memory: laid out and
 * compiled by the executor's own functions, without a machine.
 *
 * @param model  Borrowed.
 * @throws {UnsupportedError} with all reasons, if the executor cannot run the model.
 */
export async function listCpuProgram(
  model: SequenceModel,
  options: CpuListingOptions = {},
): Promise<ProgramListing> {
  const { format = 'f32', items = 1, isGuided = false } = options;
  const { threads = 1, engineRows = Infinity } = options;
  const { plan } = model;
  const network = supportedNetwork('listCpuProgram', model, cpuSupports(model));
  const weights = new RegionLayout(firstFree);
  const owned: Tensor[] = [];
  try {
    const placed = await placeNetwork(new WeightPlacer(weights), network, { format, owned });
    const sizes = runSizes(plan, { items, isGuided, threads, engineRows });
    const layout = new RegionLayout(new Room(weights.end).lowest(0));
    const regions = runRegions(layout, { network, placed }, sizes);
    const source = { network, placed, regions, sizes };
    return {
      executor: 'cpu',
      plan: plan.name,
      format,
      cacheFormat: 'f32',
      items,
      sequences: sizes.sequences,
      steps: Array.from({ length: stepCount(plan) }, (_, step) =>
        listStep(source, { plan, step, engineRows, weights }),
      ),
      regions: [
        ...weights.regions.map(({ name, bytes }) => ({ name, bytes, kind: 'weights' as const })),
        ...layout.regions.map(({ name, bytes }) => ({ name, bytes, kind: kindOf(name) })),
      ],
      formulas: formulas(source, format),
      totalBytes: layout.end,
    };
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}

function listStep(
  source: ProgramSource,
  {
    plan,
    step,
    engineRows,
    weights,
  }: {
    readonly plan: Plan;
    readonly step: number;
    readonly engineRows: number;
    readonly weights: RegionLayout;
  },
): ListedStep {
  const { regions, sizes } = source;
  const { start, end } = stepRange(plan, step);
  const positions = end - start;
  const rows = sizes.sequences * positions;
  const products = rows >= engineRows ? regions.engine?.products : undefined;
  const { head } = source.placed;
  const { flow } = regions;
  const program = [
    ...compileInputs(source, plan, step),
    ...compileBlocks(source, products),
    ...(head.kind === 'flow' && flow !== undefined
      ? compileFlowHead({ head, flow, regions, engineProducts: products })
      : []),
  ];
  const bytesAt = new Map(weights.regions.map(({ address, bytes }) => [address, bytes]));
  const reads = program.map((each) => readBytes(each, { step, positions, bytesAt }));
  return {
    positions,
    rows,
    operations: countNames(program.map(nameOf)),
    weightBytes: reads.reduce((sum, bytes) => sum + bytes, 0),
    cacheBytes: (regions.cacheBytes / sizes.capacity) * visibleSlots(plan, step),
  };
}

function nameOf(instruction: Instruction): Operation | 'engine product' {
  return 'weight' in instruction ? 'engine product' : operationOf(instruction);
}

function operationOf([operation]: MachineRecord): Operation {
  return operationName(operation as number); // the first word of every record
}

/** Words of each operation's record that hold addresses of weights which it reads whole. */
const wholeReads: Readonly<Record<Operation, readonly number[]>> = {
  normalize: [6, 7],
  quantize: [],
  multiply: [2, 6, 14],
  epilogue: [6],
  flowStep: [],
  placeHeads: [8],
  attend: [],
  lookUp: [],
  contract: [2],
  blend: [2, 3],
  broadcast: [],
};

/** Bytes of weights that one instruction reads. */
function readBytes(
  instruction: Instruction,
  {
    step,
    positions,
    bytesAt,
  }: {
    readonly step: number;
    readonly positions: number;
    readonly bytesAt: ReadonlyMap<Address, number>;
  },
): number {
  if ('weight' in instruction) return 4 * instruction.weight.size;
  const operation = operationOf(instruction);
  const word = (index: number): number => {
    const value = instruction[index];
    return typeof value === 'number' ? value : 0;
  };
  const whole = wholeReads[operation].reduce(
    (sum, index) => sum + (bytesAt.get(word(index)) ?? 0),
    0,
  );
  return whole + tableBytes(operation, { word, step, positions });
}

/** Bytes of the rows that an operation takes from a table. */
function tableBytes(
  operation: Operation,
  {
    word,
    step,
    positions,
  }: {
    readonly word: (index: number) => number;
    readonly step: number;
    readonly positions: number;
  },
): number {
  const isStart = step === 0 && word(3) !== 0;
  if (operation === 'lookUp') return isStart ? 0 : 4 * word(4) * word(5);
  if (operation === 'broadcast') return word(3) === 0 ? 0 : 4 * positions * word(7);
  // A cosine and a sine for every pair of a head's values.
  if (operation === 'placeHeads') return word(10) === 0 ? 0 : 4 * positions * word(6);
  return 0;
}

const kinds: readonly (readonly [RegExp, RegionKind])[] = [
  [/^(keys|values) of block/, 'cache'],
  [/^(sum of scales|map)/, 'maps'],
  [/^start rows|modulation/, 'condition'],
  [/^(program|scores)/, 'program'],
];

function kindOf(name: string): RegionKind {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? 'rows';
}

const matrixBytes: Readonly<Record<WeightFormat, MatrixBytes>> = {
  f32: { perWeight: 4, perOutput: 0 },
  bf16: { perWeight: 2, perOutput: 0 },
  int8: { perWeight: 1, perOutput: 4 },
  // Half a byte, and a scale of 16 bits for 32 of them.
  int4: { perWeight: 0.5 + 2 / 32, perOutput: 0 },
};

function formulas(
  { network, sizes }: ProgramSource,
  format: WeightFormat,
): readonly MemoryFormula[] {
  const { capacity, sequences, mostPositions } = sizes;
  const { width, attention } = network.parts;
  const { heads, keyValueHeads, headSize } = attention;
  const hidden = hiddenOf(network.parts);
  const rows = sequences * mostPositions;
  const qkv = (heads + 2 * keyValueHeads) * headSize;
  const up = network.parts.mlp.form?.isGated ? 2 * hidden : hidden;
  const { head } = network;
  const ofHead = head.kind === 'categorical' ? head.vocabularySize : 3 * flowSizes(head).width;
  const widest = Math.max(width, qkv, up, ofHead);
  return [
    weightsFormula(network, {
      capacity,
      blocks: matrixBytes[format],
      head: matrixBytes[headFormats[format]],
      hasVectors: true,
    }),
    cacheFormula(network, { capacity, sequences, bytes: 4 }),
    rowsFormula([
      ['rows, normalized and fed', 3 * rows, 4 * width],
      ['queries, keys and values', rows, 4 * qkv],
      ['attended', rows, 4 * heads * headSize],
      ['hidden', rows, 4 * hidden],
      ...headRows(head, rows),
      ['as bytes', rows, 2 * Math.max(width, hidden)],
      ['products of the engine', sizes.hasEngineSteps ? rows : 0, 4 * widest],
    ]),
  ];
}

/** Rows of a head; those of a flow head are eight of its width, and its latents, their velocity and what feeds a step. */
function headRows(head: NetworkHead, rows: number): Parameters<typeof rowsFormula>[0] {
  if (head.kind === 'categorical') return [['logits', rows, 4 * head.vocabularySize]];
  const { width, channels } = flowSizes(head);
  return [
    ['rows of the flow head', 8 * rows, 4 * width],
    ['latents', 3 * rows, 4 * channels],
  ];
}
