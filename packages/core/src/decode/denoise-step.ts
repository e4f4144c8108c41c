import { add, concat, mul, tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { BackboneState } from '../backbone/backbone.ts';
import { flowNoise } from '../heads/flow-head.ts';
import type { SampleContext } from '../heads/head.ts';
import { assertLatents, guidedOutputs, latentTemperature } from '../heads/latent-sampling.ts';
import type { StepDenoiser } from '../sequence-model.ts';

/** One step that the backbone denoises. */
export interface NoisyStep extends Pick<
  SampleContext,
  'items' | 'isGuided' | 'guidanceScale' | 'sampling' | 'keyOf'
> {
  /** Borrowed. */
  readonly condition: Tensor;
  readonly step: number;
  readonly positions: number;
  /** Of one latent. */
  readonly channels: number;
}

/**
 * Latents of one step, `items · positions · channels`: Euler steps from noise along the velocity that the backbone gives.
 * Every evaluation sees the rows remembered and its own, and leaves nothing behind. Temperature multiplies the noise;
 * guidance acts on the velocity of each evaluation.
 *
 * @param state  As long behind this as before.
 * @throws {OptionError} if a filter is asked for, which latents have none of.
 * @throws {NumericError} if the latents are not finite.
 */
export async function denoiseStep(
  denoiser: StepDenoiser,
  state: BackboneState,
  options: NoisyStep,
): Promise<Float32Array> {
  const { items, positions, channels, sampling } = options;
  latentTemperature('denoiser', sampling);
  const noise = flowNoise(options, positions, channels);
  const latents = tidy(() => {
    const start = tensor3d(noise, [items, positions, channels]);
    return Array.from({ length: denoiser.steps }).reduce<Tensor3D>(
      (x, _, index) => tidy(() => eulerStep(denoiser, state, { x, index, options })),
      start,
    );
  });
  try {
    return assertLatents('denoiser', await latents.data<'float32'>());
  } finally {
    latents.dispose();
  }
}

function eulerStep(
  { steps, rows, velocity }: StepDenoiser,
  state: BackboneState,
  {
    x,
    index,
    options,
  }: { readonly x: Tensor3D; readonly index: number; readonly options: NoisyStep },
): Tensor3D {
  const { condition, step, isGuided } = options;
  const both = isGuided ? concat([x, x]) : x;
  const hidden = state.peek(rows(both, condition, { step, time: index / steps }));
  return add(x, mul(guidedOutputs(velocity(hidden), options), 1 / steps));
}
