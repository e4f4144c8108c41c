import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import { geluTanh, silu } from './activation.ts';
import type { Activation } from './activation.ts';
import { initLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';

/** Weights of the feed-forward half of a block. */
export type MlpParams = {
  up: LinearParams;
  /** Present in gated units only. */
  gate?: LinearParams;
  down: LinearParams;
};

/** The feed-forward half of a block, as a part. */
export interface Mlp {
  init(initializer: Initializer): MlpParams;
  /** `[B, n, C]` to the same shape; owned by the caller. */
  apply(params: MlpParams, x: Tensor3D): Tensor3D;
}

/** Sizes of a feed-forward half. */
export interface MlpOptions {
  readonly width: number;
  readonly hidden: number;
  /** @defaultValue geluTanh, silu in a gated unit */
  readonly activation?: Activation;
}

/** `down(activation(up(x)))` with biases (Vaswani et al. 2017). */
export function mlp({ width, hidden, activation = geluTanh }: MlpOptions): Mlp {
  return {
    init: (initializer) => ({
      up: initLinear({ inFeatures: width, outFeatures: hidden }, initializer),
      down: initLinear({ inFeatures: hidden, outFeatures: width }, initializer),
    }),
    apply: (params, x) => tidy(() => linear(params.down, activation(linear(params.up, x)))),
  };
}

/** `down(activation(gate(x)) · up(x))` without biases; SwiGLU with its default (Shazeer 2020). */
export function gatedMlp({ width, hidden, activation = silu }: MlpOptions): Mlp {
  const into = { inFeatures: width, outFeatures: hidden, hasBias: false };
  return {
    init: (initializer) => ({
      gate: initLinear(into, initializer),
      up: initLinear(into, initializer),
      down: initLinear({ inFeatures: hidden, outFeatures: width, hasBias: false }, initializer),
    }),
    apply: ({ gate, up, down }, x) =>
      tidy(() => {
        const values = linear(up, x);
        return linear(
          down,
          gate === undefined ? activation(values) : mul(activation(linear(gate, x)), values),
        );
      }),
  };
}
