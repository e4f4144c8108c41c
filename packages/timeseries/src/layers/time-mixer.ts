import {
  dropout,
  foldIn,
  geluErf,
  initLinear,
  layerNorm,
  linear,
  linearRules,
  normRules,
} from '@nextx/core';
import type { ImportRule, Initializer, Key, LinearParams, NormParams } from '@nextx/core';
import { add, mul, reshape, softmax, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** Weights of a mixer along one axis, E values long. */
export type MixerParams = {
  norm: NormParams;
  /** `[E, expansion · E]` and back. */
  up: LinearParams;
  down: LinearParams;
  /** `[E, E]`, whose softmax says how much of each mixed value counts. */
  gate: LinearParams;
};

/** Weights of a layer that mixes patches, then features, and before them variates where it does. */
export type MixerLayerParams = {
  variates?: MixerParams;
  /** Absent where there is one patch. */
  patches?: MixerParams;
  features: MixerParams;
};

/** Sizes of a layer. */
export interface MixerLayerOptions {
  readonly patches: number;
  readonly width: number;
  /** Hidden values for each that is mixed. */
  readonly expansion: number;
  /** Variates that are mixed; absent: each goes by itself. */
  readonly variates?: number;
}

/** Dropout behind both maps of a mixer. */
export interface MixerDropout {
  readonly rate: number;
  readonly key: Key;
}

const norm = layerNorm({ epsilon: 1e-5 });

/** Initial weights of a layer. */
export function initMixerLayer(
  { patches, width, expansion, variates }: MixerLayerOptions,
  initializer: Initializer,
): MixerLayerParams {
  const mixer = (size: number): MixerParams => ({
    norm: norm.init(width, initializer),
    up: initLinear({ inFeatures: size, outFeatures: expansion * size }, initializer),
    down: initLinear({ inFeatures: expansion * size, outFeatures: size }, initializer),
    gate: initLinear({ inFeatures: size, outFeatures: size }, initializer),
  });
  return {
    ...(variates !== undefined && { variates: mixer(variates) }),
    ...(patches > 1 && { patches: mixer(patches) }),
    features: mixer(width),
  };
}

/**
 * A layer of TSMixer with gates (Chen et al. 2023; Ekambaram et al. 2024): along each axis a normed mlp, whose output a
 * softmax of itself scales, joins the stream. Along variates the gate comes first.
 *
 * @param x  `[B · V, P, D]`; borrowed.
 * @returns The same shape; owned by the caller.
 */
export function mixerLayer(params: MixerLayerParams, x: Tensor3D, drop?: MixerDropout): Tensor3D {
  const of = (index: number): MixerDropout | undefined =>
    drop && { rate: drop.rate, key: foldIn(drop.key, index) };
  return tidy(() => {
    const acrossVariates =
      params.variates === undefined ? x : mixVariates(params.variates, x, of(0));
    const acrossPatches =
      params.patches === undefined
        ? acrossVariates
        : mixPatches(params.patches, acrossVariates, of(1));
    return mixFeatures(params.features, acrossPatches, of(2));
  });
}

/** One axis of `mixerLayer`: `[R, P, D]` to the same shape, along the patches. */
export function mixPatches(params: MixerParams, x: Tensor3D, drop?: MixerDropout): Tensor3D {
  return tidy(() => {
    const turned: Tensor3D = transpose(norm.apply(params.norm, x), [0, 2, 1]);
    const mixed = gated(params, mlp(params, turned, drop));
    return add(x, transpose(mixed, [0, 2, 1]));
  });
}

/** The same along the features. */
export function mixFeatures(params: MixerParams, x: Tensor3D, drop?: MixerDropout): Tensor3D {
  return tidy(() => add(x, gated(params, mlp(params, norm.apply(params.norm, x), drop))));
}

/** The same along the variates, of which rows `b · V + v` are one sample's. */
function mixVariates(params: MixerParams, x: Tensor3D, drop?: MixerDropout): Tensor3D {
  const [rows, patches, width] = x.shape;
  const variates = params.gate.weight.shape[0];
  const normed = norm.apply(params.norm, x);
  const samples: Tensor4D = reshape(normed, [rows / variates, variates, patches, width]);
  const last = transpose(samples, [0, 3, 2, 1]) as Tensor4D;
  const mixed = transpose(mlp(params, gated(params, last), drop), [0, 3, 2, 1]);
  return add(x, reshape(mixed, x.shape));
}

function mlp<T extends Tensor3D | Tensor4D>(
  { up, down }: MixerParams,
  x: T,
  drop: MixerDropout | undefined,
): T {
  const hidden = geluErf(linear(up, x));
  if (drop === undefined) return linear(down, hidden);
  const { rate, key } = drop;
  const kept = dropout(hidden, rate, foldIn(key, 0));
  return dropout(linear(down, kept), rate, foldIn(key, 1));
}

function gated<T extends Tensor3D | Tensor4D>({ gate }: MixerParams, x: T): T {
  return mul(x, softmax(linear(gate, x)));
}

const mixerNames = {
  variates: 'channel_feature_mixer',
  patches: 'patch_mixer',
  features: 'feature_mixer',
} as const;

/** Official names of a layer. */
export function mixerLayerRules(
  layer: MixerLayerParams,
  own: string,
  official: string,
): ImportRule[] {
  return (['variates', 'patches', 'features'] as const)
    .filter((axis) => layer[axis] !== undefined)
    .flatMap((axis) => {
      const [ours, theirs] = [`${own}.${axis}`, `${official}.${mixerNames[axis]}`];
      return [
        ...normRules(`${ours}.norm`, `${theirs}.norm.norm`),
        ...linearRules(`${ours}.up`, `${theirs}.mlp.fc1`),
        ...linearRules(`${ours}.down`, `${theirs}.mlp.fc2`),
        ...linearRules(`${ours}.gate`, `${theirs}.gating_block.attn_layer`),
      ];
    });
}
