import {
  add,
  concat,
  mean,
  mul,
  reshape,
  slice,
  square,
  sub,
  tensor1d,
  tensor3d,
  tidy,
  tile,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { denoisingMlp, initDenoisingMlp } from '../layers/denoising-mlp.ts';
import type { DenoisingMlpParams } from '../layers/denoising-mlp.ts';
import { linear } from '../layers/linear.ts';
import { timeEmbedding } from '../layers/time-embedding.ts';
import { parseOptions } from '../parse-options.ts';
import { normals, purposes, uniforms } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import type { SamplingOptions } from '../sampling/filters.ts';
import { assertShape } from '../shape.ts';
import type { Head, SampleContext } from './head.ts';
import { assertLatents, latentTemperature } from './latent-sampling.ts';

/** Sizes of a flow head. */
export interface FlowHeadOptions {
  /** Of the hidden states. */
  readonly width: number;
  /** Of one latent. */
  readonly channels: number;
  /** Width of the MLP. @defaultValue 1024 */
  readonly hidden?: number;
  /** Residual blocks of the MLP. @defaultValue 3 */
  readonly blocks?: number;
  /** Euler steps from noise to latent. @defaultValue 25 */
  readonly steps?: number;
  /** Times and noises drawn for each latent of a loss; the head is small beside the backbone. @defaultValue 4 */
  readonly draws?: number;
}

const positive = z.int().check(z.positive());
const schema = z.strictObject({
  width: positive,
  channels: positive,
  hidden: z._default(positive, 1024),
  blocks: z._default(positive, 3),
  steps: z._default(positive, 25),
  draws: z._default(positive, 4),
}) satisfies z.ZodMiniType<Required<FlowHeadOptions>>;

/** A continuous latent at every position, drawn by following a learned velocity from noise. */
export interface FlowHead extends Head<DenoisingMlpParams> {
  /** Options with the defaults filled in. */
  readonly options: Required<FlowHeadOptions>;
  /**
   * The latents that noise flows to: `sample` with noise of the caller's own.
   *
   * @param hidden  `[B, n, C]`; borrowed.
   * @param noise  `[B, n, channels]`; borrowed.
   * @returns `[B, n, channels]`; owned by the caller.
   */
  latents(params: DenoisingMlpParams, hidden: Tensor3D, noise: Tensor3D): Tensor3D;
  /**
   * Mean squared error of the velocity at every position, `[B, n]`: for masks and weights of a recipe's own.
   *
   * @param targets  `[B, n, channels]`; borrowed.
   */
  losses(params: DenoisingMlpParams, hidden: Tensor3D, targets: Tensor, key: Key): Tensor2D;
}

/**
 * Rectified flow by a small MLP that each hidden state conditions (CLEAR, 2025, arXiv:2508.19098; the MLP is Li et al. 2024,
 * MAR). The path is `x_t = (1 - t) noise + t latent`, the MLP learns its velocity `latent - noise`, and sampling
 * follows it in `steps` Euler steps at the times `i / steps`. Temperature multiplies the noise at the start; guidance
 * acts on the velocity of each step.
 *
 * @throws {OptionError} unless all sizes are whole numbers above 0.
 */
export function flowHead(options: FlowHeadOptions): FlowHead {
  const sizes = parseOptions('flowHead', schema, options);
  const { width, channels } = sizes;
  const losses: FlowHead['losses'] = (params, hidden, targets, key) => {
    assertShape('flowHead: hidden', hidden, [null, null, width]);
    const [batch, positions] = hidden.shape;
    assertShape('flowHead: targets', targets, [batch, positions, channels]);
    return tidy(() => flowLosses(params, sizes, { hidden, targets, key }));
  };
  return {
    options: sizes,
    init: (initializer) => initDenoisingMlp({ ...sizes, outputs: channels }, initializer),
    losses,
    loss: (params, hidden, targets, key) =>
      tidy(() => mean(losses(params, hidden, targets, key)) as Scalar),
    latents: (params, hidden, noise) => {
      const [batch, positions] = hidden.shape;
      assertShape('flowHead: noise', noise, [batch, positions, channels]);
      return tidy(() => {
        const start: Tensor3D = reshape(noise, [-1, 1, channels]);
        const context = { items: batch, isGuided: false, guidanceScale: 1 };
        return reshape(followFlow(params, sizes, { hidden, start, context }), noise.shape);
      });
    },
    async sample(params, hidden, context) {
      const noise = flowNoise(context, hidden.shape[1], channels);
      const latents = tidy(() => {
        const start = tensor3d(noise, [noise.length / channels, 1, channels]);
        return followFlow(params, sizes, { hidden, start, context });
      });
      try {
        return assertLatents('flowHead', await latents.data<'float32'>());
      } finally {
        latents.dispose();
      }
    },
  };
}

/** Embedded times of all Euler steps, `[steps, W]`; owned by the caller. */
export function flowTimeTable({ time }: DenoisingMlpParams, steps: number): Tensor2D {
  return timeEmbedding(
    time,
    Array.from({ length: steps }, (_, step) => sinusoidTime(step / steps)),
  );
}

/**
 * What multiplies the noise that latents start from.
 *
 * @throws {OptionError} for a value out of range, or a filter, which latents have none of.
 */
export function flowTemperature(sampling: SamplingOptions): number {
  return latentTemperature('flowHead', sampling);
}

/**
 * What the latents of one step start from: normal numbers of each position's own key, times the temperature.
 *
 * @returns `[items, positions, channels]`
 * @throws {OptionError} if a filter is asked for, which latents have none of.
 */
export function flowNoise(
  { items, sampling, keyOf }: Pick<SampleContext, 'items' | 'sampling' | 'keyOf'>,
  positions: number,
  channels: number,
): Float32Array {
  const temperature = flowTemperature(sampling);
  const noise = new Float32Array(items * positions * channels);
  for (let row = 0; row < items * positions; row++) {
    const key = keyOf(Math.floor(row / positions), row % positions);
    const values = normals(foldIn(key, purposes.headNoise), channels);
    noise.set(
      values.map((value) => temperature * value),
      row * channels,
    );
  }
  return noise;
}

/** Times 0 to 1 reach the sinusoids as 0 to 1000 (FlowAR, xAR). */
function sinusoidTime(time: number): number {
  return 1000 * time;
}

/** Mean squared error of the velocity over `draws` times and noises of each latent, one repetition behind another, `[B, n]`. */
function flowLosses(
  params: DenoisingMlpParams,
  { draws, width, channels }: Required<FlowHeadOptions>,
  {
    hidden,
    targets,
    key,
  }: { readonly hidden: Tensor3D; readonly targets: Tensor; readonly key: Key },
): Tensor2D {
  const [batch, positions] = hidden.shape;
  const tokens = batch * positions;
  const times = uniforms(foldIn(key, 0), tokens * draws);
  const noise = tensor3d(Float32Array.from(normals(foldIn(key, 1), tokens * draws * channels)), [
    tokens * draws,
    1,
    channels,
  ]);
  const latents = tile(reshape(targets, [tokens, 1, channels]), [draws, 1, 1]);
  const velocity = sub(latents, noise);
  const share = reshape(tensor1d(Float32Array.from(times)), [-1, 1, 1]);
  const noisy: Tensor3D = add(noise, mul(share, velocity));
  const condition = linear(params.condition, reshape(hidden, [tokens, width]) as Tensor2D);
  const embedded = timeEmbedding(params.time, times.map(sinusoidTime));
  const context: Tensor2D = add(tile(condition, [draws, 1]), embedded);
  const errors = square(sub(denoisingMlp(params, noisy, context), velocity));
  return mean(reshape(errors, [draws, batch, positions, channels]), [0, 3]);
}

/** Euler steps from noise to latents, `[items · n, 1, channels]`. At scale 1 the half without condition is left out. */
function followFlow(
  params: DenoisingMlpParams,
  { steps, width }: Required<FlowHeadOptions>,
  {
    hidden,
    start,
    context: { items, isGuided, guidanceScale },
  }: {
    readonly hidden: Tensor3D;
    /** `[items · n, 1, channels]` */
    readonly start: Tensor3D;
    readonly context: Pick<SampleContext, 'items' | 'isGuided' | 'guidanceScale'>;
  },
): Tensor3D {
  const scale = isGuided ? guidanceScale : 1;
  const rows = scale === 1 ? slice(hidden, 0, items) : hidden;
  const condition = linear(params.condition, reshape(rows, [-1, width]) as Tensor2D);
  const times = flowTimeTable(params, steps);
  return Array.from({ length: steps }).reduce<Tensor3D>(
    (x, _, step) =>
      tidy(() => {
        const context: Tensor2D = add(condition, slice(times, step, 1));
        const velocity = guidedVelocity(params, x, { context, scale });
        return add(x, mul(velocity, 1 / steps));
      }),
    start,
  );
}

/** `u + s (c - u)` of the velocities of both halves at the same x. */
function guidedVelocity(
  params: DenoisingMlpParams,
  x: Tensor3D,
  { context, scale }: { readonly context: Tensor2D; readonly scale: number },
): Tensor3D {
  if (scale === 1) return denoisingMlp(params, x, context);
  const both = denoisingMlp(params, concat([x, x]), context);
  const conditional = slice(both, 0, x.shape[0]);
  const unconditional = slice(both, x.shape[0]);
  return add(unconditional, mul(sub(conditional, unconditional), scale));
}
