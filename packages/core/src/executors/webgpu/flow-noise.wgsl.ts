import { purposes } from '../../random/draw.ts';
import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { normalsWgsl } from './normals.wgsl.ts';
import { threefryWgsl } from './threefry.wgsl.ts';

/** What the latents of a step start from, the same in both halves of a guided batch; one workgroup a latent. */
export const flowNoiseWgsl = (cacheFormat: CacheFormat): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
${threefryWgsl}
${normalsWgsl}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let position = workgroup.x;
  let item = workgroup.y;
  let words = kernel.keys + 2u * item;
  // The chain of keys: item, step, position, purpose.
  var key = vec2(u32(state[words]), u32(state[words + 1u]));
  key = threefry(key, vec2(turn.step, 0u));
  key = threefry(key, vec2(u32(state[kernel.positions + turn.start + position]), 0u));
  key = threefry(key, vec2(${purposes.headNoise}u, 0u));
  for (var four = lane; four < kernel.channels; four += 64u) {
    let low = normals(threefry(key, vec2(2u * four, 0u)));
    let high = normals(threefry(key, vec2(2u * four + 1u, 0u)));
    let noise = kernel.temperature * vec4(low, high);
    for (var sequence = item; sequence < kernel.sequences; sequence += kernel.items) {
      arena[kernel.out + (sequence * turn.positions + position) * kernel.channels + four] = noise;
    }
  }
}
`;
