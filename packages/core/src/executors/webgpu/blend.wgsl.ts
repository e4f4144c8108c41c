import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';

/** `sum += (1 - ratio) · x + ratio · (x ∗ weight + bias)`, a 3 x 3 convolution of the full map. */
export const blendWgsl = (cacheFormat: CacheFormat): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let side = kernel.lastSide;
  let fours = kernel.channels;
  let at = invocation.x;
  if (at >= kernel.items * side * side * fours) { return; }
  let four = at % fours;
  let cell = (at / fours) % (side * side);
  let first = kernel.x + at / fours / (side * side) * side * side * fours;
  var value = floats(kernel.bias + four);
  for (var tap = 0u; tap < 9u; tap++) {
    // One more than the neighbour's row and column, which may lie outside.
    let y = cell / side + tap / 3u;
    let x = cell % side + tap % 3u;
    if (y == 0u || x == 0u || y > side || x > side) { continue; }
    let neighbor = first + ((y - 1u) * side + x - 1u) * fours;
    let taps = kernel.weight + tap * 4u * fours * fours + four;
    for (var c = 0u; c < fours; c++) {
      let v = arena[neighbor + c];
      let w = taps + 4u * c * fours;
      value += v.x * floats(w) + v.y * floats(w + fours) + v.z * floats(w + 2u * fours) + v.w * floats(w + 3u * fours);
    }
  }
  arena[kernel.sum + at] += (1.0 - kernel.ratio) * arena[kernel.x + at] + kernel.ratio * value;
}
`;
