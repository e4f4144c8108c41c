import {
  add,
  expandDims,
  matMul,
  maximum,
  mean,
  mul,
  reshape,
  softplus,
  sub,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { OptionError } from '../errors.ts';
import { initLinear, linear } from '../layers/linear.ts';
import type { LinearParams } from '../layers/linear.ts';
import { parseOptions } from '../parse-options.ts';
import { openUniforms, purposes } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { assertShape } from '../shape.ts';
import type { Head } from './head.ts';
import { assertLatents, guidedOutputs, latentTemperature } from './latent-sampling.ts';

/** Sizes of a quantile head. */
export interface QuantileHeadOptions {
  /** Of the hidden states. */
  readonly width: number;
  /** Of one latent. */
  readonly channels: number;
  /** Probabilities of the quantiles, ascending, in (0, 1). @defaultValue 0.1, 0.2, … 0.9 */
  readonly levels?: readonly number[];
}

const positive = z.int().check(z.positive());
const schema = z.strictObject({
  width: positive,
  channels: positive,
  levels: z._default(
    z.array(z.number().check(z.gt(0), z.lt(1))).check(z.minLength(1)),
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  ),
}) satisfies z.ZodMiniType<Required<QuantileHeadOptions>>;

/** Quantiles of every channel at every position. */
export interface QuantileHead extends Head<LinearParams> {
  /** Options with the defaults filled in. */
  readonly options: Required<QuantileHeadOptions>;
  /** Quantiles of `[B, n, C]` hidden states, `[B, n, channels, levels]`, ascending; owned by the caller. */
  quantiles(params: LinearParams, hidden: Tensor3D): Tensor4D;
  /**
   * Twice the pinball loss of every value, the mean over the levels, `[B, n, channels]`: for masks and weights of a recipe's own.
   *
   * @param targets  `[B, n, channels]`; borrowed.
   */
  losses(params: LinearParams, hidden: Tensor3D, targets: Tensor): Tensor3D;
}

/**
 * Quantiles by a linear map (Wen et al. 2017, a multi-horizon quantile recurrent forecaster). They never cross: the one nearest
 * to the median is free, and each further one is `softplus` away from its neighbor.
 *
 * The loss is twice the pinball loss, the mean over the levels: with one level 0.5 the absolute error, with many levels
 * the continuous ranked probability score. Draws invert the distribution that runs straight between the
 * quantiles and falls off exponentially outside them; temperature shrinks the drawn probability towards the median.
 *
 * @throws {OptionError} unless all sizes are whole numbers above 0 and the levels ascend between 0 and 1.
 */
export function quantileHead(options: QuantileHeadOptions): QuantileHead {
  const sizes = parseOptions('quantileHead', schema, options);
  const { width, channels, levels } = sizes;
  if (levels.some((level, index) => index > 0 && level <= levels[index - 1])) {
    throw new OptionError(
      `quantileHead: levels must ascend, got [${levels.join(', ')}]. Sort them and leave doubles out.`,
    );
  }
  const quantiles = (params: LinearParams, hidden: Tensor3D): Tensor4D =>
    tidy(() => quantilesOf(linear(params, hidden), sizes));
  const losses = (params: LinearParams, hidden: Tensor3D, targets: Tensor): Tensor3D => {
    const [batch, positions] = hidden.shape;
    assertShape('quantileHead: targets', targets, [batch, positions, channels]);
    return tidy(() => quantileLosses(quantiles(params, hidden), targets as Tensor3D, levels));
  };
  return {
    options: sizes,
    init: (initializer) =>
      initLinear({ inFeatures: width, outFeatures: channels * levels.length }, initializer),
    quantiles,
    losses,
    loss: (params, hidden, targets) => tidy(() => mean(losses(params, hidden, targets)) as Scalar),
    async sample(params, hidden, context) {
      const temperature = latentTemperature('quantileHead', context.sampling);
      const positions = hidden.shape[1];
      const tensors = tidy(() =>
        quantilesOf(guidedOutputs(linear(params, hidden), context), sizes),
      );
      try {
        const values = await tensors.data<'float32'>();
        const drawn = new Float32Array(values.length / levels.length);
        for (let row = 0; row < drawn.length / channels; row++) {
          const key = context.keyOf(Math.floor(row / positions), row % positions);
          const uniforms = openUniforms(foldIn(key, purposes.headNoise), channels);
          uniforms.forEach((u, channel) => {
            const at = row * channels + channel;
            const own = values.subarray(at * levels.length, (at + 1) * levels.length);
            drawn[at] = quantileAt(levels, own, 0.5 + temperature * (u - 0.5));
          });
        }
        return assertLatents('quantileHead', drawn);
      } finally {
        tensors.dispose();
      }
    },
  };
}

/**
 * Twice the pinball loss of quantiles, the mean over their levels.
 *
 * @param quantiles  `[B, n, channels, levels]`; borrowed.
 * @param targets  `[B, n, channels]`; borrowed.
 * @returns `[B, n, channels]`; owned by the caller.
 */
export function quantileLosses(
  quantiles: Tensor4D,
  targets: Tensor3D,
  levels: readonly number[],
): Tensor3D {
  return tidy(() => {
    const errors = sub(expandDims(targets, 3), quantiles);
    const shares = tensor1d([...levels]);
    const losses = maximum(mul(errors, shares), mul(errors, sub(shares, 1)));
    return mul(mean(losses, 3), 2);
  });
}

/**
 * The quantile of any probability, from those of some levels: straight between them, exponential outside, where the density goes
 * on as it was in the last gap. With a single level it is that level's quantile.
 *
 * @param levels  Ascending, in (0, 1).
 * @param quantiles  As many, ascending.
 * @param probability  In (0, 1); outside it the result is infinite.
 */
export function quantileAt(
  levels: readonly number[],
  quantiles: ArrayLike<number>,
  probability: number,
): number {
  const last = levels.length - 1;
  if (last === 0) return quantiles[0];
  const slope = (at: number): number =>
    (quantiles[at + 1] - quantiles[at]) / (levels[at + 1] - levels[at]);
  if (probability < levels[0]) {
    return quantiles[0] + slope(0) * levels[0] * Math.log(probability / levels[0]);
  }
  if (probability > levels[last]) {
    const left = 1 - levels[last];
    return quantiles[last] - slope(last - 1) * left * Math.log((1 - probability) / left);
  }
  const above = Math.max(
    1,
    levels.findIndex((level) => level >= probability),
  );
  return quantiles[above - 1] + slope(above - 1) * (probability - levels[above - 1]);
}

/** `[B, n, channels · levels]` outputs to quantiles. */
function quantilesOf(
  outputs: Tensor3D,
  { channels, levels }: Required<QuantileHeadOptions>,
): Tensor4D {
  const [batch, positions] = outputs.shape;
  const count = levels.length;
  const free = nearestToMedian(levels);
  const rows: Tensor2D = reshape(outputs, [-1, count]);
  const isFree = tensor1d(levels.map((_, level) => (level === free ? 1 : 0)));
  const steps: Tensor2D = add(mul(rows, isFree), mul(softplus(rows), sub(1, isFree)));
  return reshape(matMul(steps, walk(count, free)), [batch, positions, channels, count]);
}

/** `[levels, levels]`: from steps to quantiles, which begin at the free one and walk up and down. */
function walk(count: number, free: number): Tensor2D {
  const entry = (step: number, level: number): number => {
    if (step === free) return 1;
    if (level > free) return step > free && step <= level ? 1 : 0;
    return step < free && step >= level ? -1 : 0;
  };
  return tensor2d(
    Array.from({ length: count }, (_, step) =>
      Array.from({ length: count }, (__, level) => entry(step, level)),
    ),
  );
}

function nearestToMedian(levels: readonly number[]): number {
  const distances = levels.map((level) => Math.abs(level - 0.5));
  return distances.indexOf(Math.min(...distances));
}
