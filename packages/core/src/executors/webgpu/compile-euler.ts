import type { Dispatch, ProgramSource } from './dispatch.ts';
import { flowNoiseWgsl } from './flow-noise.wgsl.ts';
import type { LatentRegions } from './flow-regions.ts';
import { flowStepLanes, flowStepWgsl } from './flow-step.wgsl.ts';

/** The latents of a step, which follow their velocity from noise. */
export interface EulerLatents {
  readonly regions: LatentRegions;
  /** Of one latent. */
  readonly channels: number;
  readonly positions: number;
  /** Euler steps from noise to latents. */
  readonly steps: number;
}

/** What the latents of a step start from: normal numbers times the temperature. */
export function compileNoise(
  { sizes, regions: { state } }: ProgramSource,
  { regions, channels, positions }: EulerLatents,
  temperature: number,
): Dispatch {
  return {
    name: 'flow noise',
    code: flowNoiseWgsl(sizes.cacheFormat),
    weights: 0,
    cache: 0,
    fields: {
      out: regions.moving,
      items: sizes.items,
      sequences: sizes.sequences,
      channels: channels / 4,
      temperature,
      ...state,
    },
    grid: [positions, sizes.items, 1],
  };
}

/** Moves the latents along their velocity; the last time they are done. */
export function compileEulerStep(
  { sizes }: ProgramSource,
  { regions, channels, positions, steps }: EulerLatents,
  index: number,
): Dispatch {
  const fours = (sizes.items * positions * channels) / 4;
  return {
    name: 'Euler step',
    code: flowStepWgsl({
      cacheFormat: sizes.cacheFormat,
      isGuided: sizes.sequences > sizes.items,
      isLast: index === steps - 1,
    }),
    weights: 0,
    cache: 0,
    fields: {
      x: regions.velocity,
      out: regions.moving,
      latents: regions.done,
      items: sizes.items,
      channels: channels / 4,
      stepLength: 1 / steps,
    },
    grid: [Math.ceil(fours / flowStepLanes), 1, 1],
  };
}
