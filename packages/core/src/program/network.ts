import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TransformerParams, TransformerParts } from '../backbone/transformer.ts';
import type { Conv2dParams } from '../layers/conv2d.ts';
import type { DenoisingMlpParams } from '../layers/denoising-mlp.ts';
import type { LinearParams } from '../layers/linear.ts';
import type { RotaryRows } from '../layers/rotary.ts';

/** What feeds a step, where a fused executor can make it by itself. */
export type NetworkInputs =
  | {
      /** The row of the token as many positions before as a step has; those of the first step take the start row. */
      readonly kind: 'token';
      /** `[V, C]` */
      readonly table: Tensor2D;
    }
  | {
      /** The latent as many positions before as a step has, mapped to a row; those of the first step take the start row. */
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

/** What fused executors know of a transformer: its parts and weights as data. */
interface NetworkBody {
  readonly parts: TransformerParts;
  readonly params: TransformerParams;
  /** `[N, C]`, added to the row of every position: position and level embeddings. Owned by the caller. */
  readonly added?: () => Tensor2D;
  /** Angles of all positions, in generation order: `[N, D / 2]` cosines and sines. */
  readonly rotary?: RotaryRows;
}

/**
 * A model whose head draws tokens from hidden states: its transformer, what feeds a step, and its head. Tensors are
 * borrowed from the model.
 */
export interface Network extends NetworkBody {
  readonly inputs: NetworkInputs;
  /** Rows of the positions of the first step, `[B, C]`, the same for all; owned by the caller. */
  readonly starts: (condition: Tensor) => Tensor2D;
  readonly head: NetworkHead;
}

/**
 * A model whose steps are fed by none of `NetworkInputs`: rows come from its own `inputs`, by operations of tfjs, with
 * everything that positions add.
 */
export interface FedNetwork extends NetworkBody {
  readonly added?: never;
  readonly inputs: { readonly kind: 'recipe' };
  readonly head: NetworkHead;
}

/** A model whose transformer denoises the latents of a step itself, as its `denoiser` says. */
export interface DenoisedNetwork extends NetworkBody {
  readonly inputs: {
    /** The latents of the step itself, mapped to rows. */
    readonly kind: 'noisy';
    /** `[channels, C]` */
    readonly embedding: LinearParams;
  };
  readonly head: {
    readonly kind: 'velocity';
    /** Hidden states to velocities, `[C, channels]`. */
    readonly velocity: LinearParams;
    /** Euler steps from noise to latents. */
    readonly steps: number;
    /**
     * What modulates rows whose latents are at a time from 0, noise, to 1, the rows that are remembered: `[B, C]`;
     * owned by the caller.
     */
    readonly conditionAt: (condition: Tensor, time: number) => Tensor2D;
  };
}

/** What fused executors know of a model. */
export type AnyNetwork = Network | FedNetwork | DenoisedNetwork;

/** Whether the transformer denoises the latents of a step itself. */
export function isDenoised(network: AnyNetwork): network is DenoisedNetwork {
  return network.inputs.kind === 'noisy';
}

/** Times at which conditions modulate rows: one for every evaluation of a step, the remembered rows included. */
export function modulatedTimes({ head }: Pick<AnyNetwork, 'head'>): number[] {
  if (head.kind !== 'velocity') return [0];
  const { steps } = head;
  return Array.from({ length: steps + 1 }, (_, step) => step / steps);
}

/** Width and channels of a flow head. */
export function flowSizes({ mlp }: Extract<NetworkHead, { kind: 'flow' }>): {
  readonly width: number;
  readonly channels: number;
} {
  const [channels, width] = mlp.input.weight.shape;
  return { width, channels };
}
