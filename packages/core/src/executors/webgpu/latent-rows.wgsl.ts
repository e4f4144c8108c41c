import { bindingsWgsl } from './bindings.wgsl.ts';
import type { EmbedOptions } from './embed.wgsl.ts';

/** Rows of the latents before, start rows at the first step, one workgroup a row. */
export const latentRowsWgsl = ({ cacheFormat, hasAdded }: EmbedOptions): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup.x;
  let sequence = row / turn.positions;
  let position = turn.start + row % turn.positions;
  for (var four = lane; four < kernel.inner; four += 64u) {
    var value = arena[kernel.starts + sequence * kernel.inner + four];
    if (turn.start > 0u) {
      let before = kernel.latents + ((position - 1u) * kernel.items + sequence % kernel.items) * kernel.channels;
      value = floats(kernel.bias + four);
      for (var channel = 0u; channel < kernel.channels; channel++) {
        let latent = arena[before + channel];
        let weight = kernel.table + 4u * channel * kernel.inner + four;
        value += latent.x * floats(weight) + latent.y * floats(weight + kernel.inner);
        value += latent.z * floats(weight + 2u * kernel.inner) + latent.w * floats(weight + 3u * kernel.inner);
      }
    }
    ${hasAdded ? 'value += floats(kernel.added + position * kernel.inner + four);' : ''}
    arena[kernel.out + row * kernel.inner + four] = value;
  }
}
`;
