import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { BlockParams } from '../../backbone/transformer.ts';
import { largestLogScale } from '../../layers/query-key-scaling.ts';
import { areaMatrix, bicubicMatrix } from '../../layers/resample.ts';
import type { Network, NetworkHead, NetworkInputs } from '../../program/network.ts';
import type { WeightFormat } from '../weight-format.ts';
import { placeFlowHead } from './place-flow-head.ts';
import type { PlacedFlowHead } from './place-flow-head.ts';
import { placeLinear, placeNorm } from './place-layers.ts';
import type { PlacedNorm } from './place-layers.ts';
import type { PlacedMatrix, WeightPlacer } from './place-weights.ts';
import type { Address } from './records.ts';

/** One block. */
export interface PlacedBlock {
  readonly attentionNorm: PlacedNorm;
  readonly qkv: PlacedMatrix;
  /** Factors of the queries of cosine attention. */
  readonly cosineFactors?: Address;
  readonly output: PlacedMatrix;
  readonly mlpNorm: PlacedNorm;
  /** The first half; in gated units gate and value alternate. */
  readonly up: PlacedMatrix;
  readonly down: PlacedMatrix;
}

/** What feeds a step. */
export type PlacedInputs =
  | { readonly kind: 'token'; readonly table: Address }
  | { readonly kind: 'latent'; readonly embedding: PlacedMatrix }
  | {
      readonly kind: 'scale';
      readonly codebook: Address;
      readonly latentChannels: number;
      readonly refine: readonly { readonly weight: Address; readonly bias: Address }[];
      /** `[last side, side]` of each scale but the last. */
      readonly enlarge: readonly (Address | undefined)[];
      /** `[side, last side]` of each scale but the last. */
      readonly reduce: readonly (Address | undefined)[];
      readonly embedding: PlacedMatrix;
    };

/** What turns hidden states into tokens. */
export type PlacedHead =
  | { readonly kind: 'categorical'; readonly logits: PlacedMatrix }
  | PlacedFlowHead;

/** All weights of a model in the machine's memory. */
export interface PlacedNetwork {
  readonly blocks: readonly PlacedBlock[];
  readonly finalNorm: PlacedNorm;
  readonly head: PlacedHead;
  readonly inputs: PlacedInputs;
  readonly added?: Address;
  readonly cosines?: Address;
  readonly sines?: Address;
}

/** How the head is stored beside blocks of a format. */
export const headFormats: Readonly<Record<WeightFormat, WeightFormat>> = {
  f32: 'f32',
  bf16: 'bf16',
  int8: 'bf16',
  int4: 'int8',
};

/**
 * Places all weights.
 *
 * @param owned  Receives tensors that were made for it, to be freed once the placer has filled the memory.
 * @param format  Of the matrices of the blocks; the head keeps more bits: logits are what errors show in.
 */
export async function placeNetwork(
  placer: WeightPlacer,
  network: Network,
  { format, owned }: { readonly format: WeightFormat; readonly owned: Tensor[] },
): Promise<PlacedNetwork> {
  const { params, inputs, rotary } = network;
  const blocks: PlacedBlock[] = [];
  for (const [index, block] of params.blocks.entries()) {
    blocks.push(await placeBlock(placer, block, { network, index, format }));
  }
  const added = network.added?.();
  if (added !== undefined) owned.push(added);
  return {
    blocks,
    finalNorm: placeNorm(placer, 'final norm', params.finalNorm),
    head: placeHead(placer, network.head, { wanted: headFormats[format], owned }),
    inputs: placeInputs(placer, inputs),
    ...(added && { added: placer.vector('position embeddings', added) }),
    ...(rotary && {
      cosines: placer.constants('rotary cosines', rotary.cos),
      sines: placer.constants('rotary sines', rotary.sin),
    }),
  };
}

function placeHead(
  placer: WeightPlacer,
  head: NetworkHead,
  options: { readonly wanted: WeightFormat; readonly owned: Tensor[] },
): PlacedHead {
  if (head.kind === 'flow') return placeFlowHead(placer, head, options);
  const { wanted } = options;
  return { kind: head.kind, logits: placeLinear(placer, 'head', { ...head.logits, wanted }) };
}

async function placeBlock(
  placer: WeightPlacer,
  params: BlockParams,
  {
    network,
    index,
    format,
  }: { readonly network: Network; readonly index: number; readonly format: WeightFormat },
): Promise<PlacedBlock> {
  const name = (part: string) => `block ${index} ${part}`;
  const { attention, mlp } = params;
  const { keyValueHeads, headSize } = network.parts.attention;
  const { queryBias, keyBias, valueBias, scaling } = attention;
  const bias =
    queryBias === undefined || valueBias === undefined
      ? undefined
      : [queryBias, keyBias ?? { zeros: keyValueHeads * headSize }, valueBias];
  return {
    attentionNorm: placeNorm(placer, name('attention norm'), params.attentionNorm),
    qkv: placer.matrix(name('qkv'), [attention.qkv], { wanted: format, ...(bias && { bias }) }),
    ...(scaling.logScale && {
      cosineFactors: placer.constants(name('query factors'), await factorsOf(scaling.logScale)),
    }),
    output: placeLinear(placer, name('output'), { ...attention.output, wanted: format }),
    mlpNorm: placeNorm(placer, name('mlp norm'), params.mlpNorm),
    up:
      mlp.gate === undefined
        ? placeLinear(placer, name('up'), { ...mlp.up, wanted: format })
        : placer.matrix(name('gate and up'), [mlp.gate.weight, mlp.up.weight], { wanted: format }),
    down: placeLinear(placer, name('down'), { ...mlp.down, wanted: format }),
  };
}

function placeInputs(placer: WeightPlacer, inputs: NetworkInputs): PlacedInputs {
  if (inputs.kind === 'token') {
    return { kind: 'token', table: placer.vector('token embeddings', inputs.table) };
  }
  if (inputs.kind === 'latent') {
    const embedding = placeLinear(placer, 'latent embedding', {
      ...inputs.embedding,
      wanted: 'f32',
    });
    return { kind: 'latent', embedding };
  }
  const { sides, codebook, refine, embedding } = inputs;
  const last = sides[sides.length - 1];
  const resize = (name: string, weights: (side: number) => Float32Array) =>
    sides.map((side) => (side === last ? undefined : placer.constants(name, weights(side))));
  return {
    kind: 'scale',
    codebook: placer.vector('codebook', codebook),
    latentChannels: codebook.shape[1],
    refine: refine.map(({ weight, bias }) => ({
      weight: placer.vector('refinement', weight),
      bias: placer.vector('refinement bias', bias),
    })),
    enlarge: resize('enlarge', (side) => bicubicMatrix(side, last).weights),
    reduce: resize('reduce', (side) => areaMatrix(last, side).weights),
    embedding: placeLinear(placer, 'latent embedding', { ...embedding, wanted: 'f32' }),
  };
}

async function factorsOf(logScale: Tensor1D): Promise<Float32Array> {
  const values = await logScale.data<'float32'>();
  return values.map((value) => Math.exp(Math.min(value, largestLogScale)));
}
