import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TransformerParams, TransformerParts } from '../backbone/transformer.ts';
import type { Conv2dParams } from '../layers/conv2d.ts';
import type { DenoisingMlpParams } from '../layers/denoising-mlp.ts';
import type { LinearParams } from '../layers/linear.ts';
import type { RotaryRows } from '../layers/rotary.ts';

/** What feeds a step, where a fused executor can make it by itself. */
export type NetworkInputs =
  | {
      /** The row of the token before; the first position takes the start row. */
      readonly kind: 'token';
      /** `[V, C]` */
      readonly table: Tensor2D;
    }
  | {
      /** The latent before, mapped to a row; the first position takes the start row. */
      readonly kind: 'latent';
      /** `[channels, C]` */
      readonly embedding: LinearParams;
    }
  | {
      /** The sum of the coarser maps of a multi-scale residual quantizer, resized to the map of the step. */
      readonly kind: 'scale';
      /** Side of each map, coarse to fine. */
      readonly sides: readonly number[];
      /** `[K, latentChannels]` */
      readonly codebook: Tensor2D;
      /** Convolutions that refine the maps, and which of them each scale uses. */
      readonly refine: readonly Conv2dParams[];
      readonly refinementOfScale: readonly number[];
      /** Share of the convolution in `(1 - r) x + r conv(x)`. */
      readonly residualRatio: number;
      /** Latents to rows. */
      readonly embedding: LinearParams;
    };

/** What turns hidden states into tokens, where a fused executor can do it by itself. */
export type NetworkHead =
  | {
      readonly kind: 'categorical';
      /** Hidden states to logits, `[C, V]`. */
      readonly logits: LinearParams;
      readonly vocabularySize: number;
    }
  | {
      /** Euler steps along the velocity that the MLP gives, as `flowHead` takes them. */
      readonly kind: 'flow';
      readonly mlp: DenoisingMlpParams;
      readonly steps: number;
    };

/**
 * What fused executors know of a model: the parts and weights of its transformer as data, what feeds a step, and its
 * head. Tensors are borrowed from the model.
 */
export interface Network {
  readonly parts: TransformerParts;
  readonly params: TransformerParams;
  readonly inputs: NetworkInputs;
  /** `[N, C]`, added to the row of every position: position and level embeddings. Owned by the caller. */
  readonly added?: () => Tensor2D;
  /** Rows of the first position, `[B, C]`; owned by the caller. */
  readonly starts: (condition: Tensor) => Tensor2D;
  /** Angles of all positions, in generation order: `[N, D / 2]` cosines and sines. */
  readonly rotary?: RotaryRows;
  readonly head: NetworkHead;
}

/** Width and channels of a flow head. */
export function flowSizes({ mlp }: Extract<NetworkHead, { kind: 'flow' }>): {
  readonly width: number;
  readonly channels: number;
} {
  const [channels, width] = mlp.input.weight.shape;
  return { width, channels };
}
