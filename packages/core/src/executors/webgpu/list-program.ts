import type { Tensor } from '@tensorflow/tfjs-core';
import { stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { cacheFormula, rowsFormula, weightsFormula } from '../../program/memory-formulas.ts';
import type { MatrixBytes } from '../../program/memory-formulas.ts';
import { countNames } from '../../program/program-listing.ts';
import type {
  ListedBatch,
  ListedRegion,
  ListedStep,
  MemoryFormula,
  ProgramListing,
  RegionKind,
} from '../../program/program-listing.ts';
import { flowSizes, isDenoised } from '../../program/network.ts';
import type { AnyNetwork } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { supportedNetwork } from '../network-support.ts';
import { visibleSlots } from '../visible-range.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { compileModulation } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { compileProgram, kernelSlots, stepSlots } from './compile-program.ts';
import { bufferRequests } from './generation-buffers.ts';
import {
  generationMemory,
  generationRegions,
  generationSizes,
  hiddenOf,
} from './generation-regions.ts';
import type { GenerationMemory, GenerationSizes } from './generation-regions.ts';
import { bufferBytes } from './gpu-memory.ts';
import { usualCacheFormat } from './gpu-weight-format.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { fourBytes, MemoryPlan } from './memory-plan.ts';
import { packedBytes } from './pack-matrix.ts';
import type { Persistence, PersistentRun } from './persistent-shape.ts';
import { matricesOf, placeNetwork } from './place-network.ts';
import type { PlacedHead } from './place-network.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { WeightPlacer } from './place-weights.ts';
import { webgpuSupports } from './supports.ts';

/** What the webgpu executor's program is listed for. */
export interface WebgpuListingOptions extends ListedBatch {
  /** How the matrices of the blocks are stored. @defaultValue 'f32' */
  readonly format?: GpuWeightFormat;
  /** How keys and values are stored. @defaultValue f32 with f32 weights, else f16 */
  readonly cacheFormat?: CacheFormat;
  /** Bytes that one binding of the device can reach. @defaultValue what every device gives */
  readonly bindingBytes?: number;
  /** How blocks of few rows are computed in one dispatch. @defaultValue every product has a dispatch */
  readonly persistence?: Persistence;
}

/**
 * The dispatches that the webgpu executor encodes for a model, step by step, and its buffers: laid out and compiled by
 * the executor's own functions, without a device.
 *
 * @param model  Borrowed.
 * @throws {UnsupportedError} with all reasons, if the executor cannot run the model.
 */
export function listWebgpuProgram(
  model: Pick<SequenceModel, 'network' | 'plan'>,
  options: WebgpuListingOptions = {},
): ProgramListing {
  const { format = 'f32', items = 1, isGuided = false, bindingBytes = 2 ** 27 } = options;
  const { persistence } = options;
  const cacheFormat = options.cacheFormat ?? usualCacheFormat(format);
  const { plan } = model;
  const network = supportedNetwork<AnyNetwork>('listWebgpuProgram', model, webgpuSupports(model));
  const weights = new MemoryPlan(bindingBytes);
  const owned: Tensor[] = [];
  try {
    const placed = placeNetwork(new WeightPlacer(weights), network, { format, owned });
    const sizes = generationSizes(plan, { items, isGuided, cacheFormat });
    const memory = generationMemory(bindingBytes);
    const regions = generationRegions(memory, network, sizes, persistence);
    const codes = new Map<string, string>();
    const source = { network, placed, regions, sizes, codes, ...(persistence && { persistence }) };
    const program = compileProgram(source, plan, {});
    const opening = compileModulation(source);
    const listed = listMemory(source, memory, { plan, program });
    return {
      executor: 'webgpu',
      plan: plan.name,
      format,
      cacheFormat,
      items,
      sequences: sizes.sequences,
      steps: program.map((dispatches, step) =>
        listStep(source, step === 0 ? [...opening, ...dispatches] : dispatches, { plan, step }),
      ),
      regions: [...listRegions(weights, () => 'weights'), ...listed.regions],
      formulas: formulas(source, format),
      totalBytes: weights.sizes.reduce((sum, size) => sum + bufferBytes(size), 0) + listed.bytes,
    };
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}

function listStep(
  source: ProgramSource,
  dispatches: readonly Dispatch[],
  { plan, step }: { readonly plan: Plan; readonly step: number },
): ListedStep {
  const { regions, sizes } = source;
  const { start, end } = stepRange(plan, step);
  const positions = end - start;
  const read = weightReader(source, { step, positions });
  const attended = dispatches
    .map(({ name, run }) => run?.count ?? Number(name === 'attend'))
    .reduce((sum, count) => sum + count, 0);
  return {
    positions,
    rows: sizes.sequences * positions,
    operations: countNames(dispatches.map(({ name }) => name)),
    weightBytes: dispatches.reduce((sum, dispatch) => sum + read(dispatch), 0),
    // The caches of the blocks are equal, and each evaluation of a step reads them.
    cacheBytes:
      ((regions.cacheBytes / sizes.capacity) * visibleSlots(plan, step) * attended) /
      regions.caches.length,
  };
}

/** Bytes of weights that a dispatch reads: its matrix with bias, sums and scales, or what feeds the step. */
function weightReader(
  { network, placed, sizes }: ProgramSource,
  { step, positions }: { readonly step: number; readonly positions: number },
): (dispatch: Dispatch) => number {
  const { blocks, head, inputs, modulation } = placed;
  const matrices = [
    ...(modulation === undefined ? [] : [...modulation.blocks, modulation.final]),
    ...blocks.flatMap(matricesOf),
    ...headMatrices(head),
  ];
  const bytesOf = new Map(
    matrices.map((matrix) => [
      `${matrix.buffer} ${matrix.weight}`,
      packedBytes(matrix.format, matrix).reduce((sum, bytes) => sum + bytes, 0),
    ]),
  );
  const added = inputs.added === undefined ? 0 : (network.parts.width / 4) * fourBytes * positions;
  const runBytes = ({ first, count, head }: PersistentRun): number =>
    [
      ...blocks.slice(first, first + count).flatMap(matricesOf),
      ...(head === undefined ? [] : [head]),
    ].reduce((sum, matrix) => sum + (bytesOf.get(`${matrix.buffer} ${matrix.weight}`) ?? 0), 0);
  const operationBytes = ({ name, weights, fields }: Dispatch): number => {
    const { inner = 0, channels = 0, side = 0, lastSide = 0, outputs = 0 } = fields;
    const channelBytes = channels * fourBytes;
    switch (name) {
      case 'embed':
        // Before the first token all rows are start rows.
        return added + (step === 0 ? 0 : sizes.sequences * positions * inner * fourBytes);
      case 'embed latents':
        return (
          added + (step === 0 && !isDenoised(network) ? 0 : (4 * channels + 1) * inner * fourBytes)
        );
      case 'enlarge':
        return sizes.items * side ** 2 * channelBytes + 4 * lastSide * side;
      case 'blend':
        return 9 * 4 * channels * channelBytes + channelBytes;
      case 'scale rows':
        return added + 4 * lastSide * side + outputs * (4 * channelBytes + fourBytes);
      default:
        return bytesOf.get(`${weights} ${fields.weight}`) ?? 0;
    }
  };
  return (dispatch) =>
    dispatch.run === undefined ? operationBytes(dispatch) : runBytes(dispatch.run);
}

/** Regions of a generation's buffers, and the bytes of all these buffers. */
function listMemory(
  source: ProgramSource,
  memory: GenerationMemory,
  { plan, program }: { readonly plan: Plan; readonly program: readonly (readonly Dispatch[])[] },
): { readonly regions: readonly ListedRegion[]; readonly bytes: number } {
  const requests = bufferRequests(memory, {
    kernelBytes: kernelSlots([compileModulation(source), ...program]).kernels.bytes(),
    stepBytes: stepSlots(source, plan, {}).bytes(),
    source,
  });
  const others = requests.filter(({ label }) => !['rows', 'state', 'cache'].includes(label));
  return {
    regions: [
      ...listRegions(memory.arena, kindOf),
      ...listRegions(memory.caches, () => 'cache'),
      ...listRegions(memory.state, () => 'program'),
      ...others.map(({ label, bytes }) => ({
        name: label,
        bytes: bufferBytes(bytes),
        kind: 'program' as const,
      })),
    ],
    bytes: requests.reduce((sum, { bytes }) => sum + bufferBytes(bytes), 0),
  };
}

function listRegions(
  { regions }: Pick<MemoryPlan, 'regions'>,
  kind: (name: string) => RegionKind,
): ListedRegion[] {
  return regions.map(({ name, bytes }) => ({ name, bytes, kind: kind(name) }));
}

const kinds: readonly (readonly [RegExp, RegionKind])[] = [
  [/^(sum of scales|map)/, 'maps'],
  [/^(start rows|rotary angles|query factors)|modulation/, 'condition'],
];

function kindOf(name: string): RegionKind {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? 'rows';
}

/** A bias and a sum lie beside every output. */
const sideBytes = 2 * 4;
const matrixBytes: Readonly<Record<GpuWeightFormat, MatrixBytes>> = {
  f32: { perWeight: 4, perOutput: sideBytes },
  f16: { perWeight: 2, perOutput: sideBytes },
  int8: { perWeight: 1, perOutput: 4 + sideBytes },
  // Half a byte, and a scale of 32 bits for 32 of them.
  int4: { perWeight: 0.5 + 4 / 32, perOutput: sideBytes },
};

function formulas(
  { network, placed, sizes }: ProgramSource,
  format: GpuWeightFormat,
): readonly MemoryFormula[] {
  const { capacity, sequences, rows, vectorRows, splits, cacheFormat } = sizes;
  const { width, attention } = network.parts;
  const { heads, headSize } = attention;
  const parts = vectorRows * splits;
  return [
    weightsFormula(network, {
      capacity,
      blocks: matrixBytes[format],
      head: matrixBytes[headMatrices(placed.head)[0].format],
      ...(placed.modulation && { modulation: matrixBytes[placed.modulation.final.format] }),
      hasVectors: false,
    }),
    cacheFormula(network, { capacity, sequences, bytes: cacheFormat === 'f32' ? 4 : 2 }),
    rowsFormula([
      ['rows', rows, 4 * width],
      ['queries', rows, 4 * heads * headSize],
      ['attended', Math.max(rows, parts), 4 * heads * headSize],
      ['parts', parts, 4 * 4 * heads],
      ['statistics', rows, 4 * 4],
      ['hidden', rows, 4 * hiddenOf(network.parts)],
      ...headRows(network.head, sizes),
    ]),
  ];
}

/** All matrices of a head. */
function headMatrices(head: PlacedHead): PlacedMatrix[] {
  if (head.kind === 'categorical') return [head.logits];
  if (head.kind === 'velocity') return [head.velocity];
  const { condition, modulation, input, blocks, output } = head;
  return [condition, modulation, input, ...blocks.flatMap(({ up, down }) => [up, down]), output];
}

/** Rows of a head; those of a flow head are three of its width and the vectors of its norms. */
function headRows(
  head: AnyNetwork['head'],
  { rows, capacity, items }: GenerationSizes,
): Parameters<typeof rowsFormula>[0] {
  if (head.kind === 'categorical') return [['logits', rows, 4 * head.vocabularySize]];
  const latents = (channels: number): Parameters<typeof rowsFormula>[0] => [
    ['latents in the making', 2 * rows, 4 * channels],
    ['latents', capacity * items, 4 * channels],
  ];
  if (head.kind === 'velocity') return latents(head.velocity.weight.shape[1]);
  const { width, channels } = flowSizes(head);
  return [
    ['rows of the flow head', (3 + 3 * head.mlp.blocks.length + 2) * rows, 4 * width],
    ['times', head.steps, 4 * width],
    ...latents(channels),
  ];
}
