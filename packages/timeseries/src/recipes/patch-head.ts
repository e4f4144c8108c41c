import { flowHead, gaussianHead, keyFromSeed, quantileHead } from '@nextx/core';
import type { DenoisingMlpParams, Initializer, Key, LinearParams, ParamTree } from '@nextx/core';
import {
  add,
  expandDims,
  mul,
  reshape,
  tensor1d,
  tensor3d,
  tidy,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { normalQuantile } from '../normal-quantile.ts';
import { sampleQuantiles } from '../sample-quantiles.ts';
import { stratifiedNormals } from '../stratified-normals.ts';

/**
 * What may follow a patch, from its hidden state: a distribution of the changes since the last value that is known, in scaled
 * units.
 */
export interface PatchHead<Params extends ParamTree = ParamTree> {
  init(initializer: Initializer): Params;
  /** Whether its matrices start as the other maps of the network do, and not as `init` has them. */
  readonly isMap: boolean;
  /**
   * What training minimizes: of each change, `[R, n, H]`, or of all changes of a token at once, `[R, n, 1]`.
   *
   * @param hidden  `[R, n, C]`; borrowed.
   * @param changes  `[R, n, H]`; borrowed.
   * @param key  Draws the noise of a loss that is an expectation over noise.
   */
  losses(params: Params, hidden: Tensor3D, changes: Tensor3D, key: Key): Tensor3D;
  /** Quantiles of the changes after `[R, 1, C]` hidden states, ascending, `[R, H, levels]`; owned by the caller. */
  quantiles(params: Params, hidden: Tensor3D): Tensor3D;
  /**
   * Draws the changes, all of a token together.
   *
   * @param hidden  `[R, 1, C]`; borrowed.
   * @param noise  `[R, count, H]`, standard normal; borrowed.
   * @returns As the noise; owned by the caller.
   */
  draw?(params: Params, hidden: Tensor3D, noise: Tensor3D): Tensor3D;
}

/** Sizes of a head. */
export interface PatchHeadSizes {
  /** Of the hidden states. */
  readonly width: number;
  /** Changes of a token. */
  readonly horizon: number;
  /** Probabilities of the quantiles. */
  readonly levels: readonly number[];
}

/** Weights of a head: a linear map, or the network of a flow. */
export type PatchHeadParams = LinearParams | DenoisingMlpParams;

/** Heads by name. */
export const patchHeads: Readonly<
  Record<'quantile' | 'gaussian' | 'flow', (sizes: PatchHeadSizes) => PatchHead<PatchHeadParams>>
> = {
  // Each is given the weights that it made.
  quantile: (sizes) => quantilePatchHead(sizes) as PatchHead<PatchHeadParams>,
  gaussian: (sizes) => gaussianPatchHead(sizes) as PatchHead<PatchHeadParams>,
  flow: (sizes) => flowPatchHead(sizes) as PatchHead<PatchHeadParams>,
};

/** Quantiles of each change by itself. */
function quantilePatchHead({ width, horizon, levels }: PatchHeadSizes): PatchHead<LinearParams> {
  const head = quantileHead({ width, channels: horizon, levels });
  return {
    init: head.init,
    isMap: true,
    losses: (params, hidden, changes) => head.losses(params, hidden, changes),
    quantiles: (params, hidden) =>
      tidy(() => reshape(head.quantiles(params, hidden), [-1, horizon, levels.length])),
  };
}

/** A normal distribution of each change, all of a token independent. */
function gaussianPatchHead({ width, horizon, levels }: PatchHeadSizes): PatchHead<LinearParams> {
  const head = gaussianHead({ width, channels: horizon });
  return {
    init: head.init,
    isMap: true,
    losses: (params, hidden, changes) =>
      tidy(() => mul(expandDims(head.logProb(params, hidden, changes), 2), -1 / horizon)),
    quantiles: (params, hidden) =>
      tidy(() => {
        const { mean, deviation } = head.distribution(params, hidden);
        const ofEach = (x: Tensor3D): Tensor3D => reshape(x, [-1, horizon, 1]);
        return add(ofEach(mean), mul(ofEach(deviation), tensor1d(levels.map(normalQuantile))));
      }),
  };
}

/** Draws from which the quantiles of a flow are found, where no paths are asked for. */
const drawsOfQuantiles = 100;

/** The joint distribution of all changes of a token, drawn by a flow from noise. */
function flowPatchHead({ width, horizon, levels }: PatchHeadSizes): PatchHead<DenoisingMlpParams> {
  const head = flowHead({ width, channels: horizon, hidden: width });
  const draw = (params: DenoisingMlpParams, hidden: Tensor3D, noise: Tensor3D): Tensor3D =>
    tidy(() => head.latents(params, tile(hidden, [1, noise.shape[1], 1]), noise));
  return {
    init: head.init,
    isMap: false,
    losses: (params, hidden, changes, key) =>
      tidy(() => expandDims(head.losses(params, hidden, changes, key), 2) as Tensor3D),
    quantiles: (params, hidden) =>
      tidy(() => {
        const noise = tile(noiseOfQuantiles(horizon), [hidden.shape[0], 1, 1]);
        const drawn = transpose(draw(params, hidden, noise), [0, 2, 1]);
        const samples: Tensor2D = reshape(drawn, [-1, drawsOfQuantiles]);
        return reshape(sampleQuantiles(samples, levels), [-1, horizon, levels.length]);
      }),
    draw,
  };
}

/** The same for every token, `[1, draws, H]`. */
function noiseOfQuantiles(horizon: number): Tensor3D {
  const noise = stratifiedNormals(keyFromSeed(0n), horizon, drawsOfQuantiles);
  return tidy(() => transpose(tensor3d(noise, [1, horizon, drawsOfQuantiles]), [0, 2, 1]));
}
