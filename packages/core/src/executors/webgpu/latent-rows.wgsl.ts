import { bindingsWgsl } from './bindings.wgsl.ts';
import type { EmbedOptions } from './embed.wgsl.ts';

/** Which latents make rows: finished ones of the step before, or those of the step itself, on their way. */
export type LatentSource = 'before' | 'own';

/** Rows of latents, one workgroup a row; at the first step those of the step before are start rows. */
export const latentRowsWgsl = (
  latents: LatentSource,
  { cacheFormat, hasAdded }: EmbedOptions,
): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
// Four values of the row of a latent.
fn mapped(at: u32, four: u32) -> vec4<f32> {
  var value = floats(kernel.bias + four);
  for (var channel = 0u; channel < kernel.channels; channel++) {
    let latent = arena[at + channel];
    let weight = kernel.table + 4u * channel * kernel.inner + four;
    value += latent.x * floats(weight) + latent.y * floats(weight + kernel.inner);
    value += latent.z * floats(weight + 2u * kernel.inner) + latent.w * floats(weight + 3u * kernel.inner);
  }
  return value;
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup.x;
  let sequence = row / turn.positions;
  let position = turn.start + row % turn.positions;
  for (var four = lane; four < kernel.inner; four += 64u) {
    ${
      latents === 'own'
        ? 'var value = mapped(kernel.latents + row * kernel.channels, four);'
        : `var value = arena[kernel.starts + sequence * kernel.inner + four];
    if (turn.start > 0u) {
      let before = (position - turn.positions) * kernel.items + sequence % kernel.items;
      value = mapped(kernel.latents + before * kernel.channels, four);
    }`
    }
    ${hasAdded ? 'value += floats(kernel.added + position * kernel.inner + four);' : ''}
    arena[kernel.out + row * kernel.inner + four] = value;
  }
}
`;
