import { bindingsWgsl } from './bindings.wgsl.ts';
import type { EmbedOptions } from './embed.wgsl.ts';

/**
 * Rows of a scale, one workgroup a position of an item: the sum of the coarser maps, averaged over the cell and mapped
 * to the width, for both halves of a guided batch.
 *
 * @param channelFours  Fours of one latent.
 */
export const scaleRowsWgsl = (
  channelFours: number,
  { cacheFormat, hasAdded }: EmbedOptions,
): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
var<workgroup> latent: array<vec4<f32>, ${channelFours}>;

fn share(to: u32, source: u32) -> f32 {
  let at = to * kernel.lastSide + source;
  return floats(kernel.resize + at / 4u)[at % 4u];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let cell = workgroup.x;
  let item = workgroup.y;
  for (var four = lane; four < ${channelFours}u; four += 64u) {
    var sum = vec4(0.0);
    for (var y = 0u; y < kernel.lastSide; y++) {
      let vertical = share(cell / kernel.side, y);
      if (vertical == 0.0) { continue; }
      for (var x = 0u; x < kernel.lastSide; x++) {
        let weight = vertical * share(cell % kernel.side, x);
        if (weight == 0.0) { continue; }
        let place = (item * kernel.lastSide + y) * kernel.lastSide + x;
        sum += weight * arena[kernel.sum + place * ${channelFours}u + four];
      }
    }
    latent[four] = sum;
  }
  workgroupBarrier();
  for (var four = lane; four < kernel.outputs; four += 64u) {
    var value = floats(kernel.bias + four);
    for (var c = 0u; c < ${channelFours}u; c++) {
      let row = kernel.weight + 4u * four * ${channelFours}u + c;
      let x = latent[c];
      value += vec4(
        dot(x, floats(row)),
        dot(x, floats(row + ${channelFours}u)),
        dot(x, floats(row + ${2 * channelFours}u)),
        dot(x, floats(row + ${3 * channelFours}u)),
      );
    }
    ${hasAdded ? 'value += floats(kernel.added + (turn.start + cell) * kernel.outputs + four);' : ''}
    for (var sequence = item; sequence < kernel.sequences; sequence += kernel.items) {
      arena[kernel.out + (sequence * turn.positions + cell) * kernel.outputs + four] = value;
    }
  }
}
`;
