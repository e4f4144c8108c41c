import { add, concat, mul, split, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { DenoisingMlpParams } from '../../layers/denoising-mlp.ts';
import type { LinearParams } from '../../layers/linear.ts';
import type { NormParams } from '../../layers/norm.ts';
import { flowSizes } from '../../program/network.ts';
import type { NetworkHead } from '../../program/network.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { placeLinear } from './place-layers.ts';
import type { PlacedMatrix, WeightPlacer } from './place-weights.ts';

/** A flow head of width `W` on the device. */
export interface PlacedFlowHead {
  readonly kind: 'flow';
  readonly steps: number;
  readonly width: number;
  readonly channels: number;
  readonly condition: PlacedMatrix;
  /**
   * The vectors of all blocks at once, `W` each: factor, offset and gate of every block, then factor and offset of the
   * last norm.
   */
  readonly modulation: PlacedMatrix;
  readonly input: PlacedMatrix;
  readonly blocks: readonly { readonly up: PlacedMatrix; readonly down: PlacedMatrix }[];
  readonly output: PlacedMatrix;
}

/**
 * Places the weights of a flow head.
 *
 * @param norm  The norm in front of the head, where it is folded into its matrix.
 * @param owned  Receives tensors that were made for it, to be freed once the placer has written them.
 */
export function placeFlowHead(
  placer: WeightPlacer,
  head: Extract<NetworkHead, { kind: 'flow' }>,
  {
    format,
    owned,
    norm,
  }: {
    readonly format: GpuWeightFormat;
    readonly owned: Tensor[];
    readonly norm?: NormParams;
  },
): PlacedFlowHead {
  const { mlp, steps } = head;
  const { width, channels } = flowSizes(head);
  const modulation = tidy(() => jointModulation(mlp));
  owned.push(modulation.weight, modulation.bias);
  const place = (name: string, params: LinearParams) =>
    placeLinear(placer, `flow ${name}`, { ...params, format });
  return {
    kind: 'flow',
    steps,
    width,
    channels,
    condition: placeLinear(placer, 'flow condition', {
      ...mlp.condition,
      format,
      ...(norm && { norm }),
    }),
    modulation: place('modulation', modulation),
    input: place('input', mlp.input),
    blocks: mlp.blocks.map(({ up, down }, index) => ({
      up: place(`up of block ${index}`, up),
      down: place(`down of block ${index}`, down),
    })),
    output: place('output', mlp.final.output),
  };
}

/**
 * One projection to the vectors of all norms, with the learned scale γ and shift β of each norm folded in:
 * `(x γ + β) (1 + scale) + shift = x factor + offset`.
 */
function jointModulation({ blocks, final }: DenoisingMlpParams): Required<LinearParams> {
  const parts = [
    ...blocks.flatMap(({ modulation, norm }) => foldedVectors(modulation, norm, 3)),
    ...foldedVectors(final.modulation, {}, 2),
  ];
  return {
    weight: concat(
      parts.map(({ weight }) => weight),
      1,
    ),
    bias: concat(parts.map(({ bias }) => bias)),
  };
}

/** Factor, offset and, of three vectors, gate; each `[W, W]` with a bias. */
function foldedVectors(
  { weight, bias = zeros([weight.shape[1]]) }: LinearParams,
  { scale: gamma, shift: beta }: NormParams,
  count: number,
): Required<LinearParams>[] {
  const biases = split(bias, count) as Tensor1D[];
  const [shift, scale, ...gates] = (split(weight, count, 1) as Tensor2D[]).map((own, index) => ({
    weight: own,
    bias: biases[index],
  }));
  const factor = { weight: scale.weight, bias: add(scale.bias, 1) as Tensor1D };
  return [
    gamma === undefined ? factor : scaledBy(factor, gamma),
    beta === undefined ? shift : sumOf(shift, scaledBy(factor, beta)),
    ...gates,
  ];
}

/** An affine map whose outputs are multiplied by a vector. */
function scaledBy({ weight, bias }: Required<LinearParams>, by: Tensor1D): Required<LinearParams> {
  return { weight: mul(weight, by), bias: mul(bias, by) };
}

function sumOf(a: Required<LinearParams>, b: Required<LinearParams>): Required<LinearParams> {
  return { weight: add(a.weight, b.weight), bias: add(a.bias, b.bias) };
}
