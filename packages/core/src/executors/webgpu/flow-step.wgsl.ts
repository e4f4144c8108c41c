import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';

/** Fours of one workgroup. */
export const flowStepLanes = 64;

/** Which Euler step a kernel is. */
export interface FlowStepOptions {
  readonly cacheFormat: CacheFormat;
  readonly isGuided: boolean;
  /** Whether the latents are done and go to where the next step and the host find them. */
  readonly isLast: boolean;
}

/** An Euler step of latents along their velocity, `u + s (c - u)` for both halves of a guided batch. */
export const flowStepWgsl = ({
  cacheFormat,
  isGuided,
  isLast,
}: FlowStepOptions): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
@compute @workgroup_size(${flowStepLanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let half = kernel.items * turn.positions * kernel.channels;
  let at = id.x;
  if (at >= half) { return; }
  var velocity = arena[kernel.x + at];
  ${
    isGuided
      ? `if (turn.guidanceScale != 1.0) {
    let unconditional = arena[kernel.x + half + at];
    velocity = unconditional + turn.guidanceScale * (velocity - unconditional);
  }`
      : ''
  }
  let moved = arena[kernel.out + at] + kernel.stepLength * velocity;
  arena[kernel.out + at] = moved;
  ${isGuided ? 'arena[kernel.out + half + at] = moved;' : ''}
  ${
    isLast
      ? `let row = at / kernel.channels;
  let place = (turn.start + row % turn.positions) * kernel.items + row / turn.positions;
  arena[kernel.latents + place * kernel.channels + at % kernel.channels] = moved;`
      : ''
  }
}
`;
