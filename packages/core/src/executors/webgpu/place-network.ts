import { add, concat, fill, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { BlockParams } from '../../backbone/transformer.ts';
import type { LinearParams } from '../../layers/linear.ts';
import type { NormParams } from '../../layers/norm.ts';
import { areaMatrix, bicubicMatrix } from '../../layers/resample.ts';
import type { AnyNetwork } from '../../program/network.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { placeFlowHead } from './place-flow-head.ts';
import type { PlacedFlowHead } from './place-flow-head.ts';
import { placeLinear } from './place-layers.ts';
import type { PlacedMatrix, WeightPlacer } from './place-weights.ts';

/** One block. */
export interface PlacedBlock {
  readonly qkv: PlacedMatrix;
  readonly output: PlacedMatrix;
  /** The first half; in gated units fours of gate and value alternate. */
  readonly up: PlacedMatrix;
  readonly down: PlacedMatrix;
}

/** The matrices of a block, in the order in which they are met. */
export function matricesOf({ qkv, output, up, down }: PlacedBlock): PlacedMatrix[] {
  return [qkv, output, up, down];
}

/** Tables that feed the steps; all of them lie in one buffer, at places counted in fours. */
export interface PlacedInputs {
  readonly buffer: number;
  /** `[V, C]`, the codebook `[K, latentChannels]`, or the embedding of latents `[channels, C]`. */
  readonly table: number;
  /** `[C]`, of the embedding of latents. */
  readonly bias?: number;
  /** `[N, C]` */
  readonly added?: number;
  readonly scale?: {
    readonly refine: readonly { readonly weight: number; readonly bias: number }[];
    /** `[last side, side]` and `[side, last side]` of each scale. */
    readonly enlarge: readonly number[];
    readonly reduce: readonly number[];
    /** `[C, latentChannels]` and `[C]` */
    readonly embedding: number;
    readonly embeddingBias: number;
  };
}

/** What turns hidden states into tokens. */
export type PlacedHead =
  | { readonly kind: 'categorical'; readonly logits: PlacedMatrix }
  | PlacedFlowHead
  | PlacedVelocity;

/** The velocity of latents that the transformer denoises, by Euler steps. */
export interface PlacedVelocity {
  readonly kind: 'velocity';
  readonly velocity: PlacedMatrix;
  readonly channels: number;
  readonly steps: number;
}

/** What turns activated conditions into the vectors of every norm. */
export interface PlacedModulation {
  readonly blocks: readonly PlacedMatrix[];
  readonly final: PlacedMatrix;
}

/** All weights of a model on the device. */
export interface PlacedNetwork {
  readonly blocks: readonly PlacedBlock[];
  /** Absent where the host makes the vectors, or there are none. */
  readonly modulation?: PlacedModulation;
  readonly head: PlacedHead;
  readonly inputs: PlacedInputs;
}

/**
 * Places all weights.
 *
 * @param owned  Receives tensors that were made for it, to be freed once the placer has written them.
 * @param format  Of the matrices of the blocks; the head keeps 16 bits at least.
 */
export function placeNetwork(
  placer: WeightPlacer,
  network: AnyNetwork,
  { format, owned }: { readonly format: GpuWeightFormat; readonly owned: Tensor[] },
): PlacedNetwork {
  const { params } = network;
  const added = network.added?.();
  if (added !== undefined) owned.push(added);
  const sensitive = format === 'f32' ? 'f32' : 'f16';
  const finalNorm = foldedNorm(network, params.finalNorm);
  const modulation = placeModulation(placer, network, { format: sensitive, owned });
  return {
    blocks: params.blocks.map((block, index) =>
      placeBlock(placer, block, { network, index, format }),
    ),
    ...(modulation && { modulation }),
    head: placeHead(placer, network.head, { format: sensitive, owned, ...finalNorm }),
    inputs: placeInputs(placer, network.inputs, { added, owned }),
  };
}

/**
 * The projections of the condition, where every block has its own and no norm has weights of its own besides: scales
 * come with the 1 that is added to them.
 */
function placeModulation(
  placer: WeightPlacer,
  { params, parts }: AnyNetwork,
  { format, owned }: { readonly format: GpuWeightFormat; readonly owned: Tensor[] },
): PlacedModulation | undefined {
  const { modulation } = params;
  const norms = [
    params.finalNorm,
    ...params.blocks.flatMap((block) => [block.attentionNorm, block.mlpNorm]),
  ];
  if (modulation === undefined || norms.some(({ scale, shift }) => scale ?? shift))
    return undefined;
  const projections = modulation.blocks.flatMap(({ projection }) => projection ?? []);
  if (projections.length < params.blocks.length) return undefined;
  const { width } = parts;
  const place = (
    name: string,
    { weight, bias }: LinearParams,
    isScale: (vector: number) => boolean,
  ): PlacedMatrix => {
    const ones = tidy(() => {
      const vectors = Array.from({ length: weight.shape[1] / width }, (_, index) =>
        fill([width], Number(isScale(index))),
      );
      return add(concat(vectors), bias ?? 0);
    });
    owned.push(ones);
    // Of the shape of the bias.
    return placer.matrix(name, [weight], { format, bias: [ones as Tensor1D] });
  };
  return {
    blocks: projections.map((projection, index) =>
      place(`modulation of block ${index}`, projection, (vector) => vector === 2 || vector === 3),
    ),
    final: place('final modulation', modulation.final, (vector) => vector === 0),
  };
}

function placeHead(
  placer: WeightPlacer,
  head: AnyNetwork['head'],
  options: Parameters<typeof placeFlowHead>[2],
): PlacedHead {
  if (head.kind === 'flow') return placeFlowHead(placer, head, options);
  const { format, norm } = options;
  const place = (params: LinearParams) =>
    placeLinear(placer, 'head', { ...params, format, ...(norm && { norm }) });
  if (head.kind === 'categorical') return { kind: head.kind, logits: place(head.logits) };
  const { kind, velocity, steps } = head;
  return { kind, velocity: place(velocity), channels: velocity.weight.shape[1], steps };
}

function placeBlock(
  placer: WeightPlacer,
  { attention, attentionNorm, mlp, mlpNorm }: BlockParams,
  {
    network,
    index,
    format,
  }: { readonly network: AnyNetwork; readonly index: number; readonly format: GpuWeightFormat },
): PlacedBlock {
  const name = (part: string) => `${part} of block ${index}`;
  const { keyValueHeads, headSize } = network.parts.attention;
  const { queryBias, keyBias, valueBias } = attention;
  const bias =
    queryBias === undefined || valueBias === undefined
      ? undefined
      : [queryBias, keyBias ?? keyValueHeads * headSize, valueBias];
  const norm = foldedNorm(network, mlpNorm);
  return {
    qkv: placer.matrix(name('qkv'), [attention.qkv], {
      format,
      ...foldedNorm(network, attentionNorm),
      ...(bias && { bias }),
    }),
    output: placeLinear(placer, name('output'), { ...attention.output, format }),
    up:
      mlp.gate === undefined
        ? placeLinear(placer, name('up'), { ...mlp.up, format, ...norm })
        : placer.matrix(name('gate and up'), [mlp.gate.weight, mlp.up.weight], { format, ...norm }),
    down: placeLinear(placer, name('down'), { ...mlp.down, format }),
  };
}

/** The norm in front of a matrix, unless a condition comes between: then it is folded into the condition's vectors. */
function foldedNorm({ parts }: AnyNetwork, norm: NormParams): { readonly norm?: NormParams } {
  return parts.modulation === undefined ? { norm } : {};
}

function placeInputs(
  placer: WeightPlacer,
  inputs: AnyNetwork['inputs'],
  { added, owned }: { readonly added: Tensor | undefined; readonly owned: Tensor[] },
): PlacedInputs {
  // Nothing is read: rows come from the host.
  if (inputs.kind === 'recipe') return { buffer: 0, table: 0 };
  const extra = added === undefined ? [] : [added];
  if (inputs.kind === 'token') {
    const [table, rows] = placer.tables('token embeddings', [inputs.table, ...extra]);
    return { buffer: table.buffer, table: table.at, ...(rows && { added: rows.at }) };
  }
  if (inputs.kind === 'latent' || inputs.kind === 'noisy') {
    const { weight, bias } = inputs.embedding;
    const places = placer.tables('latent embedding', [
      weight,
      bias ?? new Float32Array(weight.shape[1]),
      ...extra,
    ]);
    const [table, offset, rows] = places;
    return {
      buffer: table.buffer,
      table: table.at,
      bias: offset.at,
      ...(rows && { added: rows.at }),
    };
  }
  const { sides, codebook, refine, embedding } = inputs;
  const last = sides[sides.length - 1];
  const outputRows = transpose(embedding.weight);
  owned.push(outputRows);
  const tables = [
    codebook,
    outputRows,
    embedding.bias ?? new Float32Array(embedding.weight.shape[1]),
    ...sides.map((side) => bicubicMatrix(side, last).weights),
    ...sides.map((side) => areaMatrix(last, side).weights),
    ...refine.flatMap(({ weight, bias }) => [weight, bias]),
    ...extra,
  ];
  const places = placer.tables('codebook and embeddings', tables);
  const [table, weight, bias, ...others] = places.map(({ at }) => at);
  const scales = sides.length;
  const convolutions = others.slice(2 * scales);
  return {
    buffer: places[0].buffer,
    table,
    ...(added && { added: others[others.length - 1] }),
    scale: {
      enlarge: others.slice(0, scales),
      reduce: others.slice(scales, 2 * scales),
      refine: refine.map((_, index) => ({
        weight: convolutions[2 * index],
        bias: convolutions[2 * index + 1],
      })),
      embedding: weight,
      embeddingBias: bias,
    },
  };
}
