import {
  add,
  div,
  log,
  mean,
  mul,
  neg,
  reshape,
  softplus,
  square,
  sub,
  sum,
  tidy,
  unstack,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { initLinear, linear } from '../layers/linear.ts';
import type { LinearParams } from '../layers/linear.ts';
import { parseOptions } from '../parse-options.ts';
import { normals, purposes } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { assertShape } from '../shape.ts';
import type { Head } from './head.ts';
import { assertLatents, guidedOutputs, latentTemperature } from './latent-sampling.ts';

/** Sizes of a Gaussian head. */
export interface GaussianHeadOptions {
  /** Of the hidden states. */
  readonly width: number;
  /** Of one latent. */
  readonly channels: number;
  /** Least standard deviation, which keeps the density finite. @defaultValue 0.001 */
  readonly floor?: number;
}

const positive = z.int().check(z.positive());
const schema = z.strictObject({
  width: positive,
  channels: positive,
  floor: z._default(z.number().check(z.positive()), 1e-3),
}) satisfies z.ZodMiniType<Required<GaussianHeadOptions>>;

/** What a Gaussian head says of some positions. */
export type Gaussian = {
  /** `[B, n, channels]` */
  mean: Tensor3D;
  /** `[B, n, channels]`, above zero. */
  deviation: Tensor3D;
};

/** A normal distribution of every channel at every position. */
export interface GaussianHead extends Head<LinearParams> {
  /** Options with the defaults filled in. */
  readonly options: Required<GaussianHeadOptions>;
  /** Means and standard deviations of `[B, n, C]` hidden states; owned by the caller. */
  distribution(params: LinearParams, hidden: Tensor3D): Gaussian;
  logProb(params: LinearParams, hidden: Tensor3D, targets: Tensor): Tensor2D;
}

/**
 * Independent normal distributions by a linear map to means and deviations, `floor + softplus` of the latter (Salinas et al. 2020,
 * DeepAR, section 3.1). The loss is the mean negative log-likelihood of a position, the sum over its channels, in nats.
 * Temperature multiplies the deviation.
 *
 * @throws {OptionError} unless all sizes are whole numbers above 0.
 */
export function gaussianHead(options: GaussianHeadOptions): GaussianHead {
  const sizes = parseOptions('gaussianHead', schema, options);
  const { width, channels } = sizes;
  const distribution = (params: LinearParams, hidden: Tensor3D): Gaussian =>
    tidy(() => distributionOf(linear(params, hidden), sizes));
  const logProb = (params: LinearParams, hidden: Tensor3D, targets: Tensor): Tensor2D => {
    assertShape('gaussianHead: targets', targets, [hidden.shape[0], hidden.shape[1], channels]);
    return tidy(() => sum(logDensity(distribution(params, hidden), targets), 2));
  };
  return {
    options: sizes,
    init: (initializer) =>
      initLinear({ inFeatures: width, outFeatures: 2 * channels }, initializer),
    distribution,
    logProb,
    loss: (params, hidden, targets) =>
      tidy(() => neg(mean(logProb(params, hidden, targets))) as Scalar),
    async sample(params, hidden, context) {
      const temperature = latentTemperature('gaussianHead', context.sampling);
      const positions = hidden.shape[1];
      const tensors = tidy(() =>
        distributionOf(guidedOutputs(linear(params, hidden), context), sizes),
      );
      try {
        const [means, deviations] = await Promise.all([
          tensors.mean.data<'float32'>(),
          tensors.deviation.data<'float32'>(),
        ]);
        const values = new Float32Array(means.length);
        for (let row = 0; row < means.length / channels; row++) {
          const key = context.keyOf(Math.floor(row / positions), row % positions);
          const draws = normals(foldIn(key, purposes.headNoise), channels);
          for (let channel = 0; channel < channels; channel++) {
            const at = row * channels + channel;
            values[at] = means[at] + temperature * deviations[at] * draws[channel];
          }
        }
        return assertLatents('gaussianHead', values);
      } finally {
        tensors.mean.dispose();
        tensors.deviation.dispose();
      }
    },
  };
}

/** Halves of `[B, n, 2 · channels]` outputs. */
function distributionOf(
  outputs: Tensor3D,
  { channels, floor }: Required<GaussianHeadOptions>,
): Gaussian {
  const [batch, positions] = outputs.shape;
  const [location, spread] = unstack(reshape(outputs, [batch, positions, 2, channels]), 2);
  return { mean: location as Tensor3D, deviation: add(softplus(spread), floor) as Tensor3D };
}

/** `-((y - μ) / σ)² / 2 - ln σ - ln √(2π)` of every channel. */
function logDensity({ mean: location, deviation }: Gaussian, targets: Tensor): Tensor3D {
  const standardized = div(sub(targets, location), deviation);
  const constant = Math.log(2 * Math.PI) / 2;
  return sub(mul(square(standardized), -0.5), add(log(deviation), constant));
}
