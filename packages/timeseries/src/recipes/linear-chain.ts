import { geluErf, initLinear, linear, linearRules } from '@nextx/core';
import type { Activation, ImportRule, Initializer, LinearParams } from '@nextx/core';
import { relu, tanh, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What may stand between two maps. */
export type ChainActivation = 'tanh' | 'relu' | 'gelu';

const activations: Readonly<Record<ChainActivation, Activation>> = {
  tanh: (x) => tanh(x),
  relu: (x) => relu(x),
  gelu: geluErf,
};

/** Initial affine maps between successive widths. */
export function initLinearChain(
  widths: readonly number[],
  initializer: Initializer,
): LinearParams[] {
  return widths
    .slice(1)
    .map((outFeatures, index) =>
      initLinear({ inFeatures: widths[index], outFeatures }, initializer),
    );
}

/**
 * Affine maps one after another, with an activation between them; a single one is a linear map.
 *
 * @param x  `[..., C]`; borrowed.
 * @returns `[..., E]`; owned by the caller.
 */
export function linearChain<T extends Tensor>(
  maps: readonly LinearParams[],
  x: T,
  activation: ChainActivation,
): T {
  return tidy(() =>
    maps.reduce<T>(
      (values, map, index) => linear(map, index === 0 ? values : activations[activation](values)),
      x,
    ),
  );
}

/** Official names: a module by itself, or every third of a sequence of map, activation and dropout. */
export function linearChainRules(own: string, length: number): ImportRule[] {
  if (length === 1) return linearRules(`${own}.0`, own);
  return Array.from({ length }, (_, index) =>
    linearRules(`${own}.${index}`, `${own}.layers.${3 * index}`),
  ).flat();
}
