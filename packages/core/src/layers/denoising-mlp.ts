import { add, mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { silu } from './activation.ts';
import { linear } from './linear.ts';
import type { LinearParams } from './linear.ts';
import { conditionVectors, modulate } from './modulation.ts';
import { layerNorm } from './norm.ts';
import type { NormParams } from './norm.ts';
import { initTimeEmbedding } from './time-embedding.ts';
import type { TimeEmbeddingParams } from './time-embedding.ts';

/** Weights of one residual block of width `W`. */
export type DenoisingBlockParams = {
  norm: NormParams;
  /** `[W, 3 W]`: shift, scale and gate. */
  modulation: LinearParams;
  up: LinearParams;
  down: LinearParams;
};

/** Weights of a denoising MLP. */
export type DenoisingMlpParams = {
  /** `[channels, W]` */
  input: LinearParams;
  time: TimeEmbeddingParams;
  /** Hidden states to width: `[C, W]`. */
  condition: LinearParams;
  blocks: DenoisingBlockParams[];
  final: {
    /** `[W, 2 W]`: shift and scale. */
    modulation: LinearParams;
    /** `[W, outputs]` */
    output: LinearParams;
  };
};

/** Sizes of a denoising MLP. */
export interface DenoisingMlpOptions {
  /** `C`, of the hidden states that it is conditioned on. */
  readonly width: number;
  /** Of the noisy token. */
  readonly channels: number;
  readonly outputs: number;
  /** `W`, of every block. */
  readonly hidden: number;
  readonly blocks: number;
}

/** Added to the variance of all its norms. */
export const denoisingEpsilon = 1e-6;

const norm = layerNorm({ epsilon: denoisingEpsilon });
const plainNorm = layerNorm({ epsilon: denoisingEpsilon, isAffine: false });

/**
 * Initial weights: Xavier uniform with zero biases, except zeros for all modulations and the output, so that every block
 * starts as the identity and the network as zero (Li et al. 2024, MAR).
 */
export function initDenoisingMlp(
  { width, channels, outputs, hidden, blocks }: DenoisingMlpOptions,
  initializer: Initializer,
): DenoisingMlpParams {
  const xavier = (inFeatures: number, outFeatures: number): LinearParams => ({
    weight: initializer.uniform(
      [inFeatures, outFeatures],
      Math.sqrt(6 / (inFeatures + outFeatures)),
    ) as Tensor2D,
    bias: initializer.zeros([outFeatures]) as Tensor1D,
  });
  const zero = (outFeatures: number): LinearParams => ({
    weight: initializer.zeros([hidden, outFeatures]) as Tensor2D,
    bias: initializer.zeros([outFeatures]) as Tensor1D,
  });
  return {
    input: xavier(channels, hidden),
    time: initTimeEmbedding(hidden, initializer),
    condition: xavier(width, hidden),
    blocks: Array.from({ length: blocks }, () => ({
      norm: norm.init(hidden, initializer),
      modulation: zero(3 * hidden),
      up: xavier(hidden, hidden),
      down: xavier(hidden, hidden),
    })),
    final: { modulation: zero(2 * hidden), output: zero(outputs) },
  };
}

/**
 * The MLP that denoises one token, modulated by time and hidden state (Li et al. 2024, Autoregressive Image Generation
 * without Vector Quantization, section 3.2): `h += gate · down(silu(up(norm(h) (1 + scale) + shift)))` in every block,
 * all vectors from `silu(context)`.
 *
 * @param x  `[M, 1, channels]`; borrowed.
 * @param context  `[M, W]`, the embedded time plus the embedded hidden state; borrowed.
 * @returns `[M, 1, outputs]`; owned by the caller.
 */
export function denoisingMlp(
  { input, blocks, final }: DenoisingMlpParams,
  x: Tensor3D,
  context: Tensor2D,
): Tensor3D {
  return tidy(() => {
    const active = silu(context);
    const last = blocks.reduce(
      (hidden, block) => denoisingBlock(block, hidden, active),
      linear(input, x),
    );
    const [shift, scale] = conditionVectors(linear(final.modulation, active), 2);
    return linear(final.output, modulate(plainNorm.apply({}, last), { shift, scale }));
  });
}

function denoisingBlock(
  params: DenoisingBlockParams,
  hidden: Tensor3D,
  active: Tensor2D,
): Tensor3D {
  const [shift, scale, gate] = conditionVectors(linear(params.modulation, active), 3);
  const entering = modulate(norm.apply(params.norm, hidden), { shift, scale });
  const change = linear(params.down, silu(linear(params.up, entering)));
  return add(hidden, mul(gate, change));
}
