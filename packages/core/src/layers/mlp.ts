import { mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../initializer.ts';
import type { ParamTree } from '../params.ts';
import { activatedLinear, geluTanh, silu } from './activation.ts';
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

/** What a feed-forward half computes, as data that other executors than tfjs can read. */
export interface MlpForm {
  readonly hidden: number;
  readonly activation: Activation;
  readonly isGated: boolean;
}

/** The feed-forward half of a block, as a part. */
export interface Mlp<P extends ParamTree = MlpParams> {
  /** Absent where it is none of the known forms. */
  readonly form?: MlpForm;
  init(initializer: Initializer): P;
  /** `[B, n, C]` to the same shape; owned by the caller. */
  apply(params: P, x: Tensor3D): Tensor3D;
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
    form: { hidden, activation, isGated: false },
    init: (initializer) => ({
      up: initLinear({ inFeatures: width, outFeatures: hidden }, initializer),
      down: initLinear({ inFeatures: hidden, outFeatures: width }, initializer),
    }),
    apply: (params, x) =>
      tidy(() => linear(params.down, activatedLinear(activation, params.up, x))),
  };
}

/** `down(activation(gate(x)) · up(x))` without biases; SwiGLU with its default (Shazeer 2020). */
export function gatedMlp({ width, hidden, activation = silu }: MlpOptions): Mlp {
  const into = { inFeatures: width, outFeatures: hidden, hasBias: false };
  return {
    form: { hidden, activation, isGated: true },
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
