import { add, dispose, mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { silu } from '../../layers/activation.ts';
import { flowTimeTable } from '../../heads/flow-head.ts';
import { modulatedTimes } from '../../program/network.ts';
import type { BlockModulation, Modulations, ScaleShift } from '../../layers/modulation.ts';
import type { NormParams } from '../../layers/norm.ts';
import { largestLogScale } from '../../layers/query-key-scaling.ts';
import type { RotaryRows } from '../../layers/rotary.ts';
import type { ProgramSource } from './dispatch.ts';
import type { ModulationPlaces } from './generation-regions.ts';

/** Writes values to a place of the arena, counted in fours. */
export type WriteArena = (at: number, values: Float32Array) => void;

/** Writes what stays the same for a whole generation: start rows, modulations, angles, factors of queries. */
export async function uploadCondition(
  write: WriteArena,
  { network, placed, regions, sizes }: ProgramSource,
  condition: Tensor,
): Promise<void> {
  const { params, parts, rotary } = network;
  if (rotary !== undefined) {
    // A recipe's table may have rows for more positions than the plan.
    const room = sizes.capacity * parts.attention.headSize;
    write(regions.angles, interleaved(rotary).subarray(0, room));
  }
  if ('starts' in network) {
    const starts = network.starts(condition);
    try {
      write(regions.starts, await starts.data<'float32'>());
    } finally {
      starts.dispose();
    }
  }
  for (const [index, at] of regions.cosineFactors.entries()) {
    const { logScale } = params.blocks[index].attention.scaling;
    const { heads } = network.parts.attention;
    write(at, logScale === undefined ? new Float32Array(heads).fill(1) : await factorsOf(logScale));
  }
  await uploadTimes(write, { network, regions });
  const place = { network, regions, isProjected: placed.modulation !== undefined };
  for (const [index, time] of modulatedTimes(network).entries()) {
    const first = index * sizes.sequences;
    if (network.head.kind !== 'velocity') {
      await uploadVectors(write, { ...place, first }, condition);
      continue;
    }
    const timed = network.head.conditionAt(condition, time);
    try {
      await uploadVectors(write, { ...place, first }, timed);
    } finally {
      timed.dispose();
    }
  }
}

/** Where the vectors of one condition go. */
interface VectorPlaces extends Pick<ProgramSource, 'network' | 'regions'> {
  /** Whether the device projects activated conditions. */
  readonly isProjected: boolean;
  /** Sequences in front. */
  readonly first: number;
}

async function uploadVectors(
  write: WriteArena,
  places: VectorPlaces,
  condition: Tensor,
): Promise<void> {
  const { network, regions, isProjected, first } = places;
  if (!isProjected) {
    await uploadModulations(write, places, condition);
    return;
  }
  const active = silu(condition);
  try {
    write(regions.condition + (first * network.parts.width) / 4, await active.data<'float32'>());
  } finally {
    active.dispose();
  }
}

/** Embedded times of the steps of a flow head. */
async function uploadTimes(
  write: WriteArena,
  { network: { head }, regions: { flow } }: Pick<ProgramSource, 'network' | 'regions'>,
): Promise<void> {
  if (head.kind !== 'flow' || flow === undefined) return;
  const times = flowTimeTable(head.mlp, head.steps);
  try {
    write(flow.times, await times.data<'float32'>());
  } finally {
    times.dispose();
  }
}

async function uploadModulations(
  write: WriteArena,
  { network, regions, first }: VectorPlaces,
  condition: Tensor,
): Promise<void> {
  const { parts, params } = network;
  const { modulation } = params;
  if (parts.modulation === undefined || modulation === undefined) return;
  const apply = parts.modulation.apply.bind(parts.modulation);
  const vectors = tidy(() => folded(apply(modulation, condition as Tensor2D), network));
  const row = async (tensor: Tensor, place: number, stride: number) => {
    const values = await tensor.data<'float32'>();
    const { width } = network.parts;
    for (let sequence = 0; sequence * width < values.length; sequence++) {
      write(
        place + (first + sequence) * stride,
        values.slice(sequence * width, (sequence + 1) * width),
      );
    }
  };
  const put = async (places: ModulationPlaces, values: ScaleShift & { gate?: Tensor }) => {
    await row(values.scale, places.factor, places.stride);
    await row(values.shift, places.offset, places.stride);
    if (values.gate !== undefined) await row(values.gate, places.gate, places.stride);
  };
  try {
    for (const [index, block] of vectors.blocks.entries()) {
      await put(regions.modulations[index].attention, block.attention);
      await put(regions.modulations[index].mlp, block.mlp);
    }
    if (regions.finalModulation !== undefined) await put(regions.finalModulation, vectors.final);
  } finally {
    dispose(vectors);
  }
}

/** Scales and shifts as factors and offsets of the rows before the norm's own scale and shift. */
function folded({ blocks, final }: Modulations, { params }: ProgramSource['network']): Modulations {
  return {
    blocks: blocks.map(({ attention, mlp }, index): BlockModulation => {
      const { attentionNorm, mlpNorm } = params.blocks[index];
      return {
        attention: { ...foldedPair(attention, attentionNorm), gate: attention.gate },
        mlp: { ...foldedPair(mlp, mlpNorm), gate: mlp.gate },
      };
    }),
    final: foldedPair(final, params.finalNorm),
  };
}

function foldedPair<T extends ScaleShift>(vectors: T, norm: NormParams): ScaleShift {
  const factor = add(vectors.scale, 1);
  const scale = norm.scale === undefined ? factor : mul(factor, norm.scale);
  const shift =
    norm.shift === undefined ? vectors.shift : add(vectors.shift, mul(factor, norm.shift));
  // Sums and products of the shapes of their operands.
  return { scale, shift } as ScaleShift;
}

/** (cos, sin) of every pair. */
function interleaved({ cos, sin }: RotaryRows): Float32Array {
  const pairs = new Float32Array(2 * cos.length);
  for (let index = 0; index < cos.length; index++) {
    pairs[2 * index] = cos[index];
    pairs[2 * index + 1] = sin[index];
  }
  return pairs;
}

async function factorsOf(logScale: Tensor1D): Promise<Float32Array> {
  const values = await logScale.data<'float32'>();
  return values.map((value) => Math.exp(Math.min(value, largestLogScale)));
}
